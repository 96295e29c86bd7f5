set -u
unset REGION
echo "sales in $REGION"
