/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels that we build on, and nothing else.
 * The floor is Debian's 6.1.192.
 */
#ifndef _LINUX_DMF_COMPAT_H
#define _LINUX_DMF_COMPAT_H

#include <linux/version.h>

/*
 * 6.10: __assign_str() knows its source from __string(). It is a macro that
 * exists only while a trace header is read, so it cannot be probed for.
 * Remove when the floor is 6.10.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define dmf_assign_str(_dst, _src)	__assign_str(_dst)
#else
#define dmf_assign_str(_dst, _src)	__assign_str(_dst, _src)
#endif

#endif /* _LINUX_DMF_COMPAT_H */
