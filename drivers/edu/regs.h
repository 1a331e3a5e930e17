/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of QEMU's edu device, as its specification names them. Below 0x80
 * accesses must be four bytes wide.
 */
#ifndef _DMF_EDU_REGS_H
#define _DMF_EDU_REGS_H

#include <linux/bits.h>

#define EDU_BAR			0

/* Write: compute the factorial of the value. Read: the result. */
#define EDU_FACTORIAL		0x08

#define EDU_STATUS		0x20
#define EDU_STATUS_COMPUTING	BIT(0)	/* read only */
#define EDU_STATUS_IRQ		BIT(7)	/* raise an interrupt when it is done */

/* Read: why the interrupt is raised; 0 if it is not. */
#define EDU_IRQ_STATUS		0x24
/* Write: clear these bits of EDU_IRQ_STATUS. */
#define EDU_IRQ_ACK		0x64

#endif /* _DMF_EDU_REGS_H */
