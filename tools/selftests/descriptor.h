/* SPDX-License-Identifier: GPL-2.0-only */
/* Open files that one process gives to another. */
#ifndef DMF_SELFTEST_DESCRIPTOR_H
#define DMF_SELFTEST_DESCRIPTOR_H

/* Put the file into a Unix socket; who takes it out has it open as well. */
void descriptor_send(int socket, int file);
/* Take one out. Ends the case if there is none. */
int descriptor_receive(int socket);

#endif /* DMF_SELFTEST_DESCRIPTOR_H */
