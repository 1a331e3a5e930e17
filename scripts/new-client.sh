#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make new-client`: write a Client Driver that builds, with its suite, from drivers/template/.
# Environment: NAME= its name, BUS= the bus of its devices, DIR= a new folder for a project outside
# of this tree.

. "$(dirname "$0")/template.sh"

take_name "${NAME:-}"
bus=${BUS:-}
buses=
for main in "$dmf_root"/drivers/template/client/main_*.c; do
	main=${main##*/main_}
	main=${main%.c}
	! grep -qrF "define module_dmf_${main}_driver(" "$dmf_root/include/linux/dmf" ||
		buses+=" $main"
done
[[ $bus != *" "* && "$buses " == *" $bus "* && -n $bus ]] ||
	die "BUS='$bus' is none of:$buses"

# What Kconfig has to know, and what must be there for a build without it.
case $bus in
platform) depends='' symbol='' ;;
# Has no prompt: whoever needs it selects it.
auxiliary) depends='' symbol=CONFIG_AUXILIARY_BUS ;;
*) depends=" \\&\\& ${bus^^}" symbol=CONFIG_${bus^^} ;;
esac
kconfig=(-e "s/ && BUS$/$depends/")
[ "$bus" != auxiliary ] || kconfig+=(-e "/depends on DMF/a\\	select AUXILIARY_BUS")

if [ -n "${DIR:-}" ]; then
	dir=$(project_dir "$DIR")
	project "${name}_client_kunit"
	new_file "client/main_$bus.c" main.c
	new_file client/template.c "$name.c"
	new_file client/template.h "$name.h"
	new_file client/template_client_kunit.c "${name}_client_kunit.c" \
		-e "s|\"../drivers/$name/|\"|"
	publish "$dir"
	say "Build it with: make -C ${DIR} DMF=$dmf_root"
	exit
fi

[ ! -e "$dmf_root/drivers/$name" ] || die "there is a driver $name already: drivers/$name"
[ ! -e "$dmf_root/kunit/${name}_client_kunit.c" ] || die "kunit/${name}_client_kunit.c exists"
if grep -qw "CONFIG_DMF_$upper" "$dmf_root"/{Makefile,Kbuild} ||
	grep -qrw "config DMF_$upper" --include=Kconfig "$dmf_root"/{drivers,kunit}; then
	die "CONFIG_DMF_$upper is taken; take another NAME"
fi

config=CONFIG_DMF_$upper
object="obj-\$($config)"
[ -z "$symbol" ] || object="obj-\$(if \$($symbol),\$($config))"

new_file "client/main_$bus.c" "drivers/$name/main.c"
new_file client/template.c "drivers/$name/$name.c"
new_file client/template.h "drivers/$name/$name.h"
new_file client/Kbuild "drivers/$name/Kbuild"
new_file client/Kconfig "drivers/$name/Kconfig" "${kconfig[@]}"
new_file client/template_client_kunit.c "kunit/${name}_client_kunit.c"
insert_sorted kunit/Kbuild '^dmf_kunit-y \+= .*_kunit\.o$' "dmf_kunit-y += ${name}_client_kunit.o"
insert_sorted Kbuild '^obj-.* drivers/' "$object += drivers/$name/"
edit drivers/Kconfig
printf '\nsource "drivers/dmf/drivers/%s/Kconfig"\n' "$name" >>"$edited_file"
insert_before Makefile 'CONFIG_DMF_EDU_BY_HAND ?=' "$config ?= m"
insert_before Makefile 'CONFIG_DMF_KUNIT_TEST=' "	$config=\$($config) \\"
publish "$dmf_root"
say "Test it with: make test T='${name}_client.*'"
