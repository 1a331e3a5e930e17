#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tables of branches: a file with a table and checkpoints of all kinds compiles; with one of these
# mistakes more it does not: a checkpoint that names no branch of the table, or a branch of another
# table, or has an object that has no branches; a branch declared twice; no such predicate.

. "$(dirname "$0")/files.sh"

dir=$CHECK_OUT/branches
failed=0

# What the check of the build, which comes before, has made.
symbols=$CHECK_OUT/6.1/Module.symvers
[ -e "$symbols" ] || scripts/check/build.sh || exit 1

# source NAME: a file, which the mistake named so, if there is one, keeps from compiling.
source_file() {
	cat >"$dir/$1.c" <<-EOF
		#include <linux/module.h>
		#include <linux/dmf/branch_track.h>
		#include <linux/dmf/device.h>
		#include <linux/dmf/module.h>

		#define FIRST_BRANCHES(X)	X(one, RUN) X(two, COUNT, 2)	\\
			$([ "$1" != twice ] || echo "X(one, ONCE)")		\\
			$([ "$1" != predicate ] || echo "X(three, SOMETIMES)")
		#define SECOND_BRANCHES(X)	X(other, NEVER)

		DMF_BRANCHES(first, FIRST_BRANCHES);
		DMF_BRANCHES(second, SECOND_BRANCHES);

		void use(struct dmf_device *ddev, struct dmf_module *module, struct device *dev);
		void use(struct dmf_device *ddev, struct dmf_module *module, struct device *dev)
		{
			const struct dmf_module *constant = module;

			DMF_BRANCH(first, ddev, one);
			DMF_BRANCH_CONDITIONAL(first, module, two, dev);
			DMF_BRANCH(second, constant, other);
			$([ "$1" != unknown ] || echo "DMF_BRANCH(first, ddev, three);")
			$([ "$1" != foreign ] || echo "DMF_BRANCH(first, ddev, other);")
			$([ "$1" != object ] || echo "DMF_BRANCH(first, dev, one);")
		}

		MODULE_DESCRIPTION("branches");
		MODULE_LICENSE("GPL");
		MODULE_IMPORT_NS(DMF);
	EOF
	{
		echo "ccflags-y := -I$dmf_root/include -I$dmf_root/include/uapi"
		echo "obj-m := $1.o"
	} >"$dir/Kbuild"
}

compiles() {
	source_file "$1"
	make -C "$kdir" M="$dir" W=1 KBUILD_EXTRA_SYMBOLS="$symbols" modules >"$dir/$1.log" 2>&1 \
		</dev/null
}

rm -rf "$dir"
mkdir -p "$dir"
kdir=$("$dmf_root/scripts/kernel.sh" --headers 6.1)
if ! compiles good || grep -q 'warning:' "$dir/good.log"; then
	say "branches.sh: a table and its checkpoints do not compile: $(cat "$dir/good.log")"
	failed=1
fi
for mistake in unknown foreign object twice predicate; do
	! compiles $mistake || {
		say "branches.sh: compiles, but must not: $mistake"
		failed=1
	}
done
exit "$failed"
