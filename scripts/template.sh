# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What new-module.sh and new-client.sh share: names, templates, and writing all or nothing. What is
# written, and what is edited, is made in $stage and published at the end.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Words that a compiler or the code of the templates would stumble over.
reserved=" asm auto bool break case char client config const continue ddev default device do \
double else enum extern fixture float for goto handle if inline int kunit limit long main \
module number ops register restrict ret return self short signed sizeof static struct switch \
template test typedef typeof union unsigned void volatile while "

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
new=()
edited=()

# Sets name, upper and camel: what replaces template, TEMPLATE and Template.
take_name() {
	name=$1
	[ -n "$name" ] || die "NAME= is missing; make help shows how"
	[[ $name =~ ^[a-z][a-z0-9]*(_[a-z0-9]+)*$ ]] ||
		die "NAME='$name' is not a name like queued_work_item:" \
			"small letters, digits, single underscores, a letter first"
	[ ${#name} -le 25 ] || die "NAME='$name' is longer than 25 characters: lines get too long"
	[[ $reserved != *" $name "* ]] || die "NAME='$name' is a word of the code; take another"
	upper=${name^^}
	camel=$(sed -E 's/(^|_)(.)/\u\2/g' <<<"$name")
}

# A long name makes long lines of C: break them where the arguments allow it, aligned as usual.
wrap() {
	awk '
	function columns(text) {
		gsub(/\t/, "        ", text)
		return length(text)
	}
	function blanks(count, out) {
		for (out = ""; count >= 8; count -= 8)
			out = out "\t"
		return out sprintf("%" count "s", "")
	}
	# Where a line may end, and the column where the next begins.
	function find(text, outer, i, depth, open) {
		at = depth = 0
		open[0] = outer
		for (i = 1; i <= length(text) && columns(substr(text, 1, i)) <= 100; i++) {
			if (substr(text, i, 1) == "(")
				open[++depth] = columns(substr(text, 1, i))
			else if (substr(text, i, 1) == ")")
				depth--
			else if (open[depth] && substr(text, i, 2) == ", ") {
				at = i
				column = open[depth]
			}
		}
		return at
	}
	{
		text = $0
		column = 0
		while (columns(text) > 100 && text !~ /^ ?\*|#/ && find(text, column)) {
			print substr(text, 1, at)
			text = blanks(column) substr(text, at + 2)
		}
		print text
	}'
}

# new_file TEMPLATE TARGET [SED-ARGUMENT...]: both relative to their roots; the arguments see a file
# that has its names.
new_file() {
	local from=$dmf_root/drivers/template/$1 to=$2

	shift 2
	mkdir -p "$(dirname "$stage/$to")"
	sed -e "s/template/$name/g" -e "s/TEMPLATE/$upper/g" -e "s/Template/$camel/g" "$@" \
		"$from" | if [[ $to == *.[ch] ]]; then wrap; else cat; fi >"$stage/$to"
	new+=("$to")
}

# The copy to edit.
edit() {
	if [ ! -e "$stage/$1" ]; then
		mkdir -p "$(dirname "$stage/$1")"
		cp -p "$dmf_root/$1" "$stage/$1"
		edited+=("$1")
	fi
	edited_file=$stage/$1
}

# insert_sorted FILE REGEX LINE: among the lines that match, in the order of their last word.
insert_sorted() {
	edit "$1"
	line=$3 awk -v regex="$2" '
	function key(text, words, count) {
		count = split(text, words, " ")
		return words[count]
	}
	{ text[NR] = $0 }
	$0 ~ regex {
		last = NR
		if (!at && key($0) > key(ENVIRON["line"]))
			at = NR
	}
	END {
		if (!last)
			exit 1
		if (!at)
			at = last + 1
		for (i = 1; i <= NR; i++) {
			if (i == at)
				print ENVIRON["line"]
			print text[i]
		}
		if (at > NR)
			print ENVIRON["line"]
	}' "$edited_file" >"$stage/.sorted" || die "$1: no place found for: $3"
	cp "$stage/.sorted" "$edited_file"
}

# insert_before FILE FIXED-STRING LINE: before the first line that contains it.
insert_before() {
	edit "$1"
	grep -qF -- "$2" "$edited_file" || die "$1: no place found for: $3"
	line=$3 find=$2 awk 'index($0, ENVIRON["find"]) && !done { print ENVIRON["line"]; done = 1 }
		{ print }' "$edited_file" >"$stage/.inserted"
	cp "$stage/.inserted" "$edited_file"
}

# Folders that this made go, too, if they are empty.
undo() {
	local file

	trap - INT TERM
	for file in "${new[@]}"; do
		rm -f "$target/$file"
		rmdir -p --ignore-fail-on-non-empty "$(dirname "$target/$file")" 2>/dev/null || true
	done
	for file in "${edited[@]}"; do
		cp -p "$stage/.before/$file" "$target/$file"
	done
	die "nothing has been written"
}

# publish TARGET: all of the stage, or nothing.
publish() {
	local file

	target=$1
	for file in "${new[@]}"; do
		[ ! -e "$target/$file" ] || die "$target/$file exists; nothing has been written"
	done
	for file in "${edited[@]}"; do
		mkdir -p "$(dirname "$stage/.before/$file")"
		cp -p "$target/$file" "$stage/.before/$file"
	done
	trap undo INT TERM
	for file in "${new[@]}" "${edited[@]}"; do
		{ mkdir -p "$(dirname "$target/$file")" && cp "$stage/$file" "$target/$file"; } ||
			undo
	done
	trap - INT TERM
	for file in "${new[@]}"; do
		file=$target/$file
		say "  new      ${file#"$PWD/"}"
	done
	for file in "${edited[@]}"; do
		file=$target/$file
		say "  changed  ${file#"$PWD/"}"
	done
}

# project_dir: DIR= as an absolute path; it must be new or empty.
project_dir() {
	[ ! -e "$1" ] || { [ -d "$1" ] && [ -z "$(ls -A "$1")" ]; } ||
		die "DIR=$1 exists and is not an empty directory"
	realpath -m "$1"
}

# project SUITE: the files of a project of its own, in a folder of its own.
project() {
	new_file project/Makefile Makefile -e "s|DMF_ROOT|$dmf_root|"
	new_file project/Kbuild Kbuild -e "s|SUITE|$1|"
	new_file project/kunit_fake_device.c kunit_fake_device.c
	new_file project/kunit_helpers.c kunit_helpers.c
}
