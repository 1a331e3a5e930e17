# SPDX-License-Identifier: GPL-2.0-only
#
# Driver Module Framework: thin wrapper around kbuild and scripts/. `make help` lists the targets.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := all

# The kernel to build for: KDIR= names a build directory, KVER= an installed version.
KDIR := $(or $(KDIR),$(KERNELDIR),$(KERNEL_DIR),$(KERNEL_SRC),$(KSRC))
KVER := $(or $(KVER),$(KVERSION),$(KERNELRELEASE))

# Stand-in for Kconfig: what to build when the kernel's own configuration does not know us.
CONFIG_DMF ?= m
CONFIG_DMF_EDU ?= m
CONFIG_DMF_EDU_FILTER ?= $(CONFIG_DMF_EDU)
CONFIG_DMF_EDU_BY_HAND ?= n
CONFIG_DMF_SAMPLE ?= m
CONFIG_DMF_BENCH ?= n
CONFIG_DMF_EXERCISER ?= n

# The suites need a kernel with KUnit, which Debian's are not; see `make test-kernel`. There all
# that helps to debug is on, too.
define kbuild
kdir=$$(scripts/kdir.sh '$(KDIR)' '$(KVER)') || exit 1; \
kunit=n; debug=n; \
grep -qs '^CONFIG_KUNIT=' "$$kdir/include/config/auto.conf" && kunit=m debug=y; \
$(MAKE) -C "$$kdir" M='$(CURDIR)' CONFIG_DMF=$(CONFIG_DMF) CONFIG_DMF_EDU=$(CONFIG_DMF_EDU) \
	CONFIG_DMF_EDU_FILTER=$(CONFIG_DMF_EDU_FILTER) \
	CONFIG_DMF_EDU_BY_HAND=$(CONFIG_DMF_EDU_BY_HAND) CONFIG_DMF_SAMPLE=$(CONFIG_DMF_SAMPLE) \
	CONFIG_DMF_BENCH=$(CONFIG_DMF_BENCH) CONFIG_DMF_EXERCISER=$(CONFIG_DMF_EXERCISER) \
	CONFIG_DMF_DEBUG_REFS=$(or $(CONFIG_DMF_DEBUG_REFS),$$debug) \
	CONFIG_DMF_KUNIT_TEST=$$kunit CONFIG_DMF_KUNIT_CANARY=$$kunit
endef

.PHONY: all modules
all modules:
	+@$(kbuild) modules

.PHONY: modules_install
modules_install: modules
	+@$(kbuild) modules_install

# Works without any kernel headers, too.
.PHONY: clean
clean:
	@rm -rf out
	@find . -name .git -prune -o -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '*.a' -o -name '*.symvers' -o -name '*.order' \
		-o -name '.*.cmd' -o -name '.*.d' -o -name '*.usyms' \) -exec rm -f {} +
	@rm -rf .tmp_versions

.PHONY: demo test test-all soak bench shell check test-kernel
demo:
	@K='$(K)' STORY='$(STORY)' scripts/demo.sh

test:
	@T='$(T)' K='$(K)' LIST='$(LIST)' REPEAT='$(REPEAT)' STARVE='$(STARVE)' scripts/test.sh

test-all:
	@T='$(T)' K='$(K)' LIST='$(LIST)' scripts/test-all.sh

soak:
	@T='$(T)' LIST='$(LIST)' MINUTES='$(MINUTES)' SOAK_SECONDS='$(SOAK_SECONDS)' \
		EVENTS='$(EVENTS)' scripts/soak.sh

bench:
	@T='$(T)' K='$(K)' LIST='$(LIST)' scripts/bench.sh

shell:
	@K='$(K)' scripts/shell.sh

check:
	@scripts/check.sh

test-kernel:
	@scripts/test-kernel.sh

.PHONY: new-module new-client
new-module:
	@NAME='$(NAME)' CATEGORY='$(CATEGORY)' TYPE='$(TYPE)' DIR='$(DIR)' scripts/new-module.sh

new-client:
	@NAME='$(NAME)' BUS='$(BUS)' DIR='$(DIR)' scripts/new-client.sh

.PHONY: help
help:
	@sed -n 's/^# | \{0,1\}//p' Makefile

# | make                  build dmf.ko and the Client Drivers for the running kernel, or for the
# |                       newest installed headers
# |   KVER=6.1.0-56-amd64   ... for that installed version
# |   KDIR=/path            ... against that kernel build directory
# |   V=1, W=1, C=1         kbuild's own switches work as usual
# | make modules_install  install them (INSTALL_MOD_PATH= as usual)
# | make clean            remove what was built; the cache of kernels stays
# |
# | make demo             boot a stock kernel in QEMU and watch an event travel from a PCI
# |                       interrupt to a sleeping daemon (K= as below)
# |   STORY=debug           ... or see why a driver stalls, and why a kernel died
# | make test             all tests in QEMU: KUnit on the test kernel, selftests on a stock kernel
# |   T='doorbell.*'        only these: suite.case patterns, separated by commas
# |   LIST=1                list suites and cases, boot nothing
# |   K=6.1                 only on this kernel: test, 6.1, 6.12, with -rt or -cloud if wanted
# |   REPEAT=10             run the suites so often in one boot
# |   STARVE=1              starve the guests' processors at random: do tests presume too much?
# | make test-all         20 minutes: the selftests on every stock kernel; sleep, hibernation,
# |                       runtime PM, rebinding, hotplug on three (T=, K=, LIST=1 as above)
# | make soak             the races on the test kernel, a minute for each; the fuzzer and stress-ng
# |                       there, 10 minutes each; a million events on 6.1 (T=, LIST=1 as above)
# |   MINUTES=60            ... so long; or SOAK_SECONDS=
# |   EVENTS=100000         ... so many
# | make bench            instructions per operation, beside what the bare kernel needs, and time on
# |                       two processors; fails if a goal is missed; tables in out/bench*.tsv
# |                       (T=, K=, LIST=1 as above)
# | make shell            the same guest, interactive, with everything loaded (K= as above)
# | make check            the static checks; no output means clean
# |
# | make new-module NAME=fifo       write a Module with header, suite and page, ready to be changed
# |   CATEGORY=buffers                its folder below modules/
# |   TYPE=dispatch_maximum           its locks: passive, dispatch, dispatch_maximum
# | make new-client NAME=x BUS=pci  write a Client Driver with suite: pci, platform, usb, ...
# |   DIR=/path                       for both: as a project of its own, outside of this tree
# |
# | make test-kernel      build the test kernel into the cache now instead of at the first test
# |
# | ACCEL=tcg|kvm         force QEMU's accelerator instead of probing for a working KVM
# | XDG_CACHE_HOME=/path  where kernels are kept (in dmf/; default ~/.cache)
