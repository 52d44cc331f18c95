mkdir ../elsewhere
mv templates/components/web ../elsewhere/web
ln -s ../../../elsewhere/web templates/components/web
