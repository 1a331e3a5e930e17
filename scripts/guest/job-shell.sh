# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# An interactive shell with everything loaded.

# shellcheck source=lib.sh
. /dmf/guest/lib.sh

dmesg -n 4
for module in dmf dmf_edu; do
	[ -e "$ko/$module.ko" ] && insmod "$ko/$module.ko"
done
address=$(edu_address)

cat <<TEXT

  Kernel $(uname -r) with dmf.ko and its Client Drivers loaded.

  device    $(ls -d /dev/dmf/* 2>/dev/null || echo 'none: no driver is bound')
  trigger   echo 5 > /dev/dmf/edu0
  listen    dmf-notify /dev/dmf/edu0 &
  unbind    echo $address > /sys/bus/pci/drivers/dmf_edu/unbind
  tree      dmfctl tree        what happens        dmfctl top, dmfctl trace
  modules   ls $ko        tools   ls /dmf/bin        log   dmesg

  Leave with: exit

TEXT
cd /dmf || exit 1
PS1='dmf# ' sh -i
