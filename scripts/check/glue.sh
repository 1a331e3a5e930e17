#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A driver of one line for each bus that there is glue for builds without a warning against Debian's
# 6.1 and 6.12 headers: a stock kernel has buses that neither our drivers nor the test kernel use.

. "$(dirname "$0")/files.sh"

# glue BUS HEADER ID-TYPE: the source of such a driver.
glue() {
	cat >"$dir/$1.c" <<-EOF
		#include <linux/mod_devicetable.h>
		#include <linux/dmf/$2.h>

		static const struct dmf_client_ops ops;
		static const struct $3 ids[] = { { } };

		module_dmf_$1_driver(glue, ids, &ops, 1);
		MODULE_DESCRIPTION("$1");
		MODULE_LICENSE("GPL");
	EOF
	echo "obj-m += $1.o" >>"$dir/Kbuild"
}

failed=0
for kernel in 6.1 6.12; do
	# What the check of the build, which comes before, has made.
	symbols=$CHECK_OUT/$kernel/Module.symvers
	[ -e "$symbols" ] || continue
	dir=$CHECK_OUT/glue-$kernel
	log=$dir.log
	rm -rf "$dir"
	mkdir -p "$dir"
	echo "ccflags-y := -I$dmf_root/include -I$dmf_root/include/uapi" >"$dir/Kbuild"
	glue acpi platform acpi_device_id
	glue auxiliary auxiliary auxiliary_device_id
	glue i2c i2c i2c_device_id
	glue pci pci pci_device_id
	glue platform platform of_device_id
	glue spi spi spi_device_id
	glue usb usb usb_device_id
	make -C "$(scripts/kernel.sh --headers "$kernel")" M="$dir" W=1 -j"$(nproc)" \
		KBUILD_EXTRA_SYMBOLS="$symbols" modules >"$log" 2>&1 </dev/null || failed=1
	findings=$(grep -E '(warning|error):|WARNING:|ERROR:' "$log" || true)
	if [ -n "$findings" ]; then
		say "${findings//"$dir/"/"glue-$kernel: "}"
		failed=1
	fi
done
exit "$failed"
