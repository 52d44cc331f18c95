chmod 555 output
