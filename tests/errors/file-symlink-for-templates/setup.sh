mv templates ../templates
ln -s ../templates templates
