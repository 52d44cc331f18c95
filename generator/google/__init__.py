"""What Google Cloud has and takes, as its pages say it: facts, each with its page and the day it was read."""
