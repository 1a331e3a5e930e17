#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What make new-module and make new-client write has the style and builds without a warning, in a
# copy of this tree and as projects of their own; and they say no without having written anything.

. "$(dirname "$0")/files.sh"

dir=$CHECK_OUT/templates
tree=$dir/tree
log=$dir/log
long=a_name_as_long_as_allowed
new=()
failed=0

fail() {
	say "templates: $*" | sed "s|$dir/||g"
	failed=1
}

# new MAKE-ARGUMENT...: remembers what has been written.
new() {
	if ! make -s -C "$tree" "$@" >"$log" 2>&1; then
		fail "make $*: $(cat "$log")"
		return
	fi
	while read -r what file; do
		[[ $what == new && $file == *.[ch] ]] || continue
		[[ $file == /* ]] || file=$tree/$file
		new+=("$file")
	done <"$log"
}

refused() {
	! make -s -C "$tree" "$@" >"$log" 2>&1 || fail "make $*: not refused"
}

# The names and contents of all that is not built.
state() {
	(cd "$dir" && find module client tree -type f -newer "$dir/begin" ! -name '.*' -print |
		sort | xargs -r cksum)
}

# build DIRECTORY MAKE-ARGUMENT...
build() {
	local where=$1

	shift
	if ! make -C "$where" -j"$(nproc)" W=1 "$@" >"$log" 2>&1 </dev/null; then
		fail "$where: $(grep -E 'error|ERROR|Error' "$log")"
	elif grep -qE 'warning:|WARNING:' "$log"; then
		fail "$where: $(grep -E 'warning:|WARNING:' "$log")"
	fi
}

# A copy that keeps what has been built: builds are incremental.
mkdir -p "$tree/Documentation/modules"
rm -rf "$dir"/{module,client} "$tree"/Documentation/modules/* "$tree"/drivers/{new_*,"$long"}
# It says which folders still have what was built there.
scripts/copy-sources.sh "$tree" >/dev/null
touch "$dir/begin"

new new-module NAME=fifo
new new-module NAME=$long CATEGORY=targets TYPE=passive
new new-client NAME=$long BUS=platform
for bus in drivers/template/client/main_*.c; do
	bus=${bus##*/main_}
	bus=${bus%.c}
	! grep -qrF "define module_dmf_${bus}_driver(" include/linux/dmf ||
		new new-client NAME="new_$bus" BUS="$bus"
done
new new-module NAME=outside DIR="$dir/module"
new new-client NAME=outside BUS=pci DIR="$dir/client"

before=$(state)
refused new-module
refused new-module NAME=fifo
refused new-module NAME=Fifo
refused new-module NAME=_fifo
refused new-module NAME=module
refused new-module NAME=stream
refused new-module NAME=${long}_x
refused new-module NAME=stack CATEGORY=nothing
refused new-module NAME=stack TYPE=nothing
refused new-module NAME=stack DIR="$dir/module"
refused new-client NAME=edu BUS=pci
refused new-client NAME=new_pci BUS=pci
refused new-client NAME=stack BUS=isa
refused new-client NAME=stack
[ "$(state)" = "$before" ] || fail "something has been written although it was refused"

# As style.sh does.
perl "$CHECK_SOURCE/scripts/checkpatch.pl" --strict --no-tree --terse --no-summary --show-types \
	--ignore EXPORT_SYMBOL --max-line-length=100 -f "${new[@]}" >"$log" 2>&1 ||
	fail "$(cat "$log")"
perl "$CHECK_SOURCE/scripts/kernel-doc" -none -Werror "${new[@]}" >"$log" 2>&1 ||
	fail "$(cat "$log")"

build "$tree" KDIR="$(scripts/kernel.sh --headers 6.1)"
# The projects where there is KUnit, so that their suites are built; against what the check before
# this one has built.
[ -e "$CHECK_OUT/test/Module.symvers" ] || scripts/check/build.sh || exit 1
build "$dir/module" KDIR="$CHECK_TEST_KDIR" DMF="$CHECK_OUT/test"
build "$dir/client" KDIR="$CHECK_TEST_KDIR" DMF="$CHECK_OUT/test"
for ko in tree/drivers/new_pci/dmf_new_pci tree/drivers/$long/dmf_$long \
	{module,client}/dmf_outside{,_kunit}; do
	[ -e "$dir/$ko.ko" ] || fail "$ko.ko has not been built"
done
exit "$failed"
