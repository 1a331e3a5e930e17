/* SPDX-License-Identifier: GPL-2.0-only */
/* What the linker makes of calls of ioctl(), by --wrap. */
#ifndef DMF_SELFTEST_WRAP_H
#define DMF_SELFTEST_WRAP_H

/* All calls come here. */
int __wrap_ioctl(int fd, unsigned long request, ...);
/* The function of the C library. */
int __real_ioctl(int fd, unsigned long request, ...);

#endif /* DMF_SELFTEST_WRAP_H */
