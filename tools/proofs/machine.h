/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a proof has to do with the world outside the guest: it asks the machine
 * for things that only that can do, and shows the kernel's events to whoever
 * reads the console.
 */
#ifndef DMF_PROOF_MACHINE_H
#define DMF_PROOF_MACHINE_H

/*
 * Ask the machine, which understands what scripts/harness/machine.py says. It
 * acts as soon as its state allows.
 */
void machine_ask(const char *what);

/*
 * Between these two the device's events go to the kernel log, where they are
 * compared with the table of the running case in scripts/harness/orders.py.
 */
void order_begin(void);
void order_end(void);

#endif /* DMF_PROOF_MACHINE_H */
