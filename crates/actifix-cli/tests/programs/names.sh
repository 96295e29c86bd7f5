set -e
list='zoe adam mia'
sotr_names=$(printf '%s\n' $list | sotr)
echo "sorted:" $sotr_names
