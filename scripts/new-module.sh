#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make new-module`: write a Module that builds, with its suite and its page, from
# drivers/template/.
# Environment: NAME= its name, CATEGORY= its folder below modules/ (buffers), TYPE= its locks:
# passive, dispatch or dispatch_maximum (the default); DIR= a new folder for a project outside of
# this tree.

. "$(dirname "$0")/template.sh"

take_name "${NAME:-}"
category=${CATEGORY:-buffers}
type=${TYPE:-dispatch_maximum}

case $category in
buffers) title="Buffers" ;;
data) title="Data structures" ;;
task) title="Task execution" ;;
notify) title="Notification" ;;
patterns) title="Driver patterns" ;;
features) title="Features" ;;
targets) title="Targets" ;;
*) die "CATEGORY='$category' is none of: buffers data task notify patterns features targets" ;;
esac

case $type in
passive) context="process, may sleep" ;;
dispatch) context="any" ;;
dispatch_maximum) context="any; process, if the attributes say passive_level" ;;
*) die "TYPE='$type' is none of: passive dispatch dispatch_maximum" ;;
esac
[ -n "${DIR:-}" ] || [ ! -e "$dmf_root/include/linux/dmf/$name.h" ] ||
	die "there is a Module or header $name already: include/linux/dmf/$name.h"
taken="(struct|enum) dmf_${name}(_config|_type)?|dmf_${name}_(add|create|store|take)"
if grep -qrwE --include='*.[ch]' "$taken" "$dmf_root"/{dmf,include,modules}; then
	die "dmf_$name is taken; take another NAME"
fi

lock=(-e "s/DMF_LOCK_DISPATCH_MAXIMUM/DMF_LOCK_${type^^}/" -e "s/CONTEXT/$context/"
	-e "s/CATEGORY/$title/")
if [ -n "${DIR:-}" ]; then
	dir=$(project_dir "$DIR")
	project "${name}_kunit"
	new_file project/main_module.c main.c
	new_file module/template.c "$name.c" "${lock[@]}"
	new_file module/template.h "include/linux/dmf/$name.h" "${lock[@]}"
	new_file module/template_kunit.c "${name}_kunit.c"
	new_file module/template.md "$name.md" "${lock[@]}"
	# Its header is here, the others are in the DMF tree.
	sed -i "s|^ccflags-y := |&-I\$(src)/include |" "$stage/Kbuild"
	publish "$dir"
	say "Build it with: make -C ${DIR} DMF=$dmf_root"
	exit
fi

new_file module/template.c "modules/$category/$name.c" "${lock[@]}"
new_file module/template.h "include/linux/dmf/$name.h" "${lock[@]}"
new_file module/template_kunit.c "kunit/${name}_kunit.c"
new_file module/template.md "Documentation/modules/${name//_/-}.md" "${lock[@]}"
insert_sorted modules/Kbuild '^dmf-y \+= modules/' "dmf-y += modules/$category/$name.o"
insert_sorted kunit/Kbuild '^dmf_kunit-y \+= .*_kunit\.o$' "dmf_kunit-y += ${name}_kunit.o"
publish "$dmf_root"
say "Test it with: make test T='$name.*'"
