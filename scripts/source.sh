#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Unpack Debian's linux-source-6.1 into the cache, once per version, and print where it is. The test
# kernel is built from it; checkpatch, the semantic patches and the KTAP parser come from it, too.
# configs/*.patch mend what makes the test kernel complain of itself.

. "$(dirname "$0")/lib.sh"

package=linux-source-6.1
"$dmf_root/scripts/deps.sh" test >&2
version=$(dpkg-query -W -f '${Version}' "$package")
patches=("$dmf_root"/scripts/configs/*.patch)
dir=$dmf_cache/source-$version-$(cat "${patches[@]}" | sha256sum | cut -c1-8)

if [ ! -e "$dir/.complete" ]; then
	lock_cache source
fi
if [ ! -e "$dir/.complete" ]; then
	say "Unpacking $package $version ..." >&2
	rm -rf "$dir"
	mkdir -p "$dir"
	# Without most of what an x86 kernel of this size cannot need; the Kconfig files must stay.
	top=$package
	tar -xf "/usr/src/$package.tar.xz" -C "$dir" --strip-components=1 \
		--exclude="$top/arch/[!x]*/*.[chS]" --exclude='*.dts' --exclude='*.dtsi' \
		--exclude="$top/Documentation/[!K]*" --exclude="$top/drivers/gpu/drm/*/*.[ch]" \
		--exclude="$top/drivers/staging/*/*.[ch]" --exclude="$top/sound/*/*/*.[ch]" \
		--exclude="$top/tools/perf" --exclude="$top/tools/testing/selftests"
	for patch in "${patches[@]}"; do
		patch -s -d "$dir" -p1 <"$patch"
	done
	touch "$dir/.complete"
fi
say "$dir"
