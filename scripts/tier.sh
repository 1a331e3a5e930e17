# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tiers of tests share: select, build, run. Source it after lib.sh.
# Environment: T= patterns that select suites and cases, K= one kernel only, LIST=1 lists.
# shellcheck disable=SC2034,SC2154 # the variables are for those who source this, or from lib.sh

select=${T:-}
only=${K:-}
scripts=$dmf_root/scripts
tests=
runs=()
declare -A images=()
harness=()

# tier_tests KIND...: learn which tests of these kinds there are; with LIST=1 that is all.
tier_tests() {
	local kinds

	printf -v kinds '%s|' "$@"
	# The programs list their cases themselves, once built.
	"$scripts/deps.sh" build
	lock_out
	"$scripts/build-tools.sh"
	tests=$("$scripts/list-tests.sh" | grep -E "^(${kinds%|}) ")
	if [ -n "${LIST:-}" ]; then
		cut -d' ' -f2 <<<"$tests" | sort -u
		exit
	fi
}

# Whether T= selects anything of a kind; everything when it is not given.
tier_wants() {
	local kind name pattern patterns

	[ -n "$select" ] || return 0
	IFS=, read -ra patterns <<<"$select"
	while read -r kind name; do
		[ "$kind" = "$1" ] || continue
		for pattern in "${patterns[@]}"; do
			[[ $pattern == *.* ]] || pattern+='.*'
			# shellcheck disable=SC2053 # a pattern it is
			if [[ $name == $pattern || ${name#dmf_} == $pattern ]]; then
				return 0
			fi
		done
	done <<<"$tests"
	return 1
}

# tier_prepare KERNEL JOB [KERNEL-ARGUMENT...]: make the kernel and everything for a boot of it, and
# note the run for the harness.
tier_prepare() {
	local kernel=$1 job=$2 out=$dmf_out/$1 logs=$dmf_out/$1 ready image kdir initramfs

	shift 2
	if [ -z "${images[$kernel]:-}" ]; then
		status "  building for kernel $kernel ..."
		ready=$("$scripts/kernel.sh" "$kernel")
		{ read -r image && read -r kdir; } <<<"$ready"
		"$scripts/build-guest.sh" "$kernel" "$image" "$kdir"
		images[$kernel]=$image
		status ""
	fi
	# A second job on a kernel, or one on a machine of its own, has its logs in a folder below.
	[ "${job%.*}" = "$job" ] || logs+=/${job##*.}
	initramfs=$out/initramfs.gz
	if [ "${job%.*}" = udev ]; then
		initramfs=$out/initramfs-udev.gz
		"$scripts/udev.sh" "$out/initramfs.gz" "$initramfs"
	fi
	runs+=("$kernel:$job:${images[$kernel]}:$initramfs:$logs:$*")
}

# tier_run TARGET: boot what was prepared, report, and take the harness's exit status.
tier_run() {
	[ ${#runs[@]} -gt 0 ] ||
		die "T='$select' K='$only' selects no test; make $1 LIST=1 shows what there is"
	say "$tests" >"$dmf_out/tests"
	exec "$dmf_python" -B "$scripts/harness/run_tests.py" --target "$1" \
		--source "$("$scripts/source.sh")" --tests "$dmf_out/tests" --select "$select" \
		"${harness[@]}" "${runs[@]}"
}
