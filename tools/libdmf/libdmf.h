/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * libdmf - hear of the events of a driver that is made of DMF Modules
 *
 * A thin layer over <linux/dmf/notify.h>: it finds the node, keeps a buffer that
 * is large enough, walks over the records, counts what was lost, and ends a wait
 * without a race. It has no state but what dmf_open() returns, prints nothing,
 * starts no thread and installs no signal handler.
 *
 *	struct dmf_file *file = dmf_open("edu0", O_RDONLY);
 *	const struct dmf_event *event;
 *
 *	while ((event = dmf_next(file, DMF_WAIT_FOREVER)))
 *		handle(event, dmf_event_data(event));
 *
 * Errors: functions that fail return -1 or NULL and set errno. On success errno is
 * left alone or overwritten, as with any function of the C library.
 *
 * Threads: a struct dmf_file is used by one thread at a time. Only dmf_cancel() and
 * dmf_fd() may be called at any time from anywhere, until dmf_close(). Different
 * files are independent of each other. Threads that share a stream open a file
 * each.
 *
 * Times: absolute CLOCK_MONOTONIC in nanoseconds; DMF_WAIT_FOREVER never comes, 0 has
 * passed. A call that ended early is repeated with the same time.
 */
#ifndef LIBDMF_H
#define LIBDMF_H

#include <stddef.h>
#include <stdint.h>

#include <linux/dmf/notify.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An open file of a device's node. */
struct dmf_file;

/* -- Open and close ------------------------------------------------------------ */

/**
 * dmf_open() - open the node of a device
 * @device: name of the node, such as "edu0" for /dev/dmf/edu0, or a path, which is
 *	what has a slash.
 * @flags: as for open(2): O_RDONLY or O_RDWR, and O_NONBLOCK. O_CLOEXEC is always
 *	added.
 *
 * That it is the node of a DMF device shows with the first call: ENOTTY if not.
 *
 * Return: the file, NULL on errors: EINVAL empty name or flags that create files,
 * ENAMETOOLONG, ENOMEM, and those of open(2), above all ENOENT no such device,
 * EACCES, ENODEV and ENXIO the device is going just now.
 */
struct dmf_file *dmf_open(const char *device, int flags);

/**
 * dmf_open_number() - open a device by its driver and number
 * @driver: name of the driver, "edu" or "dmf_edu".
 * @number: of the device among those of the driver, in the order in which they
 *	were probed. It says nothing about which device that is.
 * @flags: see dmf_open().
 *
 * Return: see dmf_open().
 */
struct dmf_file *dmf_open_number(const char *driver, unsigned int number,
				 int flags);

/**
 * dmf_open_position() - open a device by its driver and where it is plugged in
 * @driver: name of the driver, "edu" or "dmf_edu".
 * @position: udev's ID_PATH of the device, such as "pci-0000:00:10.0".
 * @flags: see dmf_open().
 *
 * Needs the links that the udev rule of this project makes in /dev/dmf/by-path.
 *
 * Return: see dmf_open().
 */
struct dmf_file *dmf_open_position(const char *driver, const char *position,
				   int flags);

/**
 * dmf_open_fd() - use a descriptor that is open already
 * @fd: of a node; from another process, or from a service manager. On success it
 *	belongs to the file, which closes it.
 *
 * Return: the file, NULL on errors: EBADF, ENOMEM.
 */
struct dmf_file *dmf_open_fd(int fd);

/**
 * dmf_close() - close the file and free what belongs to it
 * @file: or NULL. No other thread may be in any call on it: end that with
 *	dmf_cancel() first and wait for the thread.
 */
void dmf_close(struct dmf_file *file);

/**
 * dmf_fd() - the descriptor, for poll(2), epoll, and ioctls of the driver's own
 * @file: an open file.
 *
 * Readable while the stream has an event, POLLHUP once the device is gone. Events
 * that dmf_fetch() has brought and dmf_take() has not taken are not in the stream
 * any more: take all before polling. Any thread; from a signal handler, too.
 *
 * Return: the descriptor, which stays the file's.
 */
int dmf_fd(const struct dmf_file *file);

/* -- Streams ------------------------------------------------------------------- */

/**
 * dmf_select() - listen to another stream of the device
 * @file: an open file; events that were fetched have all been taken.
 * @stream: name of the stream. A file begins with the device's first one.
 *
 * Return: 0, -1 on errors: ENOENT no stream of that name, EBUSY fetched events
 * are left, ENODEV, ENOTTY.
 */
int dmf_select(struct dmf_file *file, const char *stream);

/* -- Events as eventfds ---------------------------------------------------------- */

/**
 * dmf_eventfd_set() - have an eventfd signalled each time something happens
 * @file: an open file.
 * @name: of what has the event, as the driver says; NULL for the first that the
 *	device has.
 * @index: number of the event, defined by the driver.
 * @eventfd: from eventfd(2), or -1 to take away the one that is registered. It
 *	remains the caller's, and may be closed: it stays registered.
 * @flags: DMF_EVENT_GONE for a last signal when the device goes, or 0.
 *
 * At most one eventfd for each event and file: a second one replaces the first.
 * Any thread.
 *
 * Return: 0, -1 on errors: ENOENT nothing of that name has events, EINVAL no such
 * event, no eventfd, or unknown flags, EBADF @eventfd is not open or the file not open
 * for reading, EBUSY too many files have registered, ENODEV, ENOTTY.
 */
int dmf_eventfd_set(struct dmf_file *file, const char *name, unsigned int index,
		    int eventfd, unsigned int flags);

/* -- Events -------------------------------------------------------------------- */

/**
 * dmf_deadline() - the time that comes in so many nanoseconds
 * @ns: from now; 0 is now, and what is too far away never comes.
 *
 * Return: a deadline for dmf_next() and dmf_fetch().
 */
uint64_t dmf_deadline(uint64_t ns);

/**
 * dmf_next() - wait for the next event
 * @file: an open file.
 * @deadline_ns: when to stop waiting.
 *
 * One event is taken out of the stream, no more: what the program does not ask
 * for stays there, for poll(2) and for other consumers.
 *
 * Return: the event, valid until the next call of dmf_next() or dmf_fetch() on the
 * file; NULL on errors: ETIMEDOUT nothing came in time, EAGAIN nothing there and the
 * file is O_NONBLOCK, ECANCELED by dmf_cancel(), EINTR by a signal whose handler does
 * not restart system calls, ENODEV the device is gone, EBADF not open for reading,
 * EOPNOTSUPP the device has no stream, ENOSPC the event is larger than 16 MiB,
 * ENOMEM, EBADMSG what came is no event, ENOTTY not the node of a DMF device,
 * ESHUTDOWN the system goes down, EIO the device is broken. None of them loses an
 * event.
 */
const struct dmf_event *dmf_next(struct dmf_file *file, uint64_t deadline_ns);

/**
 * dmf_fetch() - wait for events, and bring many with one system call
 * @file: an open file.
 * @max: at most so many; 0 for as many as fit in the buffer.
 * @deadline_ns: when to stop waiting for the first one.
 *
 * While events of an earlier call are left, nothing new is fetched. The buffer
 * begins with 16 KiB and grows when an event does not fit.
 *
 * Return: how many events dmf_take() will give, at least 1; -1 on errors, those of
 * dmf_next().
 */
int dmf_fetch(struct dmf_file *file, unsigned int max, uint64_t deadline_ns);

/**
 * dmf_take() - take the next of the events that were fetched
 * @file: an open file.
 *
 * Never waits.
 *
 * Return: the event, valid as with dmf_next(); NULL when all were taken.
 */
const struct dmf_event *dmf_take(struct dmf_file *file);

/**
 * dmf_event_data() - the data of an event
 * @event: from dmf_next(), dmf_take() or dmf_record().
 *
 * Any thread.
 *
 * Return: where its data_size bytes are.
 */
const void *dmf_event_data(const struct dmf_event *event);

/**
 * dmf_lost() - how many events are missing just before the one that came last
 * @file: an open file.
 *
 * From the gaps in the numbers: what a full stream has discarded. Other consumers
 * of the same stream leave gaps, too. What was lost before the first event is not
 * known and not counted.
 *
 * Return: the number of events.
 */
uint64_t dmf_lost(const struct dmf_file *file);

/**
 * dmf_lost_total() - how many events were lost since the file was opened
 * @file: an open file.
 *
 * Return: the sum of what dmf_lost() has said for each event.
 */
uint64_t dmf_lost_total(const struct dmf_file *file);

/**
 * dmf_record() - walk over records that the program has read by itself
 * @records: what read(2), io_uring or DMF_IOC_WAIT have filled, aligned to eight
 *	bytes.
 * @size: number of bytes that they have filled.
 * @after: the event before, NULL for the first.
 *
 * Any thread.
 *
 * Return: the event after @after; NULL at the end, with errno 0, or for bytes that
 * are no event, with EBADMSG.
 */
const struct dmf_event *dmf_record(const void *records, size_t size,
				   const struct dmf_event *after);

/* -- Ending a wait --------------------------------------------------------------- */

/**
 * dmf_cancel() - end a wait, now and from now on
 * @file: an open file.
 *
 * A call of dmf_next() or dmf_fetch() that waits, that is about to wait, or that
 * begins later fails with ECANCELED. One that has got events just then returns
 * them, and the next one fails.
 *
 * For a signal handler that asks a program to end, and for another thread. It keeps
 * errno. Calls that other threads or processes have under way on the same open file,
 * by copies of its descriptor, end with ECANCELED, too.
 */
void dmf_cancel(struct dmf_file *file);

/**
 * dmf_cancel_reset() - wait again after a dmf_cancel()
 * @file: an open file.
 *
 * By the thread that waits. Events that were fetched before are still there.
 */
void dmf_cancel_reset(struct dmf_file *file);

#ifdef __cplusplus
}
#endif

#endif /* LIBDMF_H */
