/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * User-space interface of the nodes under /dev/dmf/: how a program waits for
 * the events of a driver that is built with the Driver Module Framework.
 *
 * Each node belongs to one device. The device offers one or more streams of
 * event records, and each open file is bound to one of them: at first to the
 * stream that the driver listed first, then to whatever DMF_IOC_STREAM_SELECT
 * names. An event of a stream is handed out once, to whichever consumer asks
 * first; records leave a stream oldest first.
 *
 * Some streams are broadcasts: each open file is handed out each event that is
 * reported from its opening on, whatever stream it is bound to meanwhile. Then
 * what is said here of a stream is that of one open file.
 *
 * Three ways to consume a stream, freely mixed:
 *
 *   DMF_IOC_WAIT   one or many records in one call, with a deadline
 *   read(2)        as many whole records as fit in the buffer
 *   poll(2), epoll EPOLLIN when a record is there, EPOLLHUP when the device
 *                  is gone
 *
 * When a stream is full its oldest record is discarded. Loss is visible as a
 * gap in &struct dmf_event.sequence.
 *
 * Errors common to all calls: ENODEV once the device is gone (the file can
 * then only be closed), EIO if it could not be brought up after a suspend,
 * ESHUTDOWN when the system goes down, ENOMEM, ENOTTY for a command that neither
 * the framework nor the driver knows. A driver that reads its commands by hand is
 * asked with the argument, so there an unknown one with a bad address gives EFAULT.
 *
 * Times are CLOCK_MONOTONIC of the initial time namespace.
 */
#ifndef _UAPI_LINUX_DMF_NOTIFY_H
#define _UAPI_LINUX_DMF_NOTIFY_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * Commands of the framework have this magic and a number below
 * DMF_IOC_CLIENT_BASE; none of them ever reaches a driver. A driver's own commands
 * use the numbers from there on, or better a magic of their own, which a program
 * on the wrong node finds out by ENOTTY.
 */
#define DMF_IOC_MAGIC		0xDF
#define DMF_IOC_CLIENT_BASE	0x80

/* Size of a stream's name with its terminating NUL. */
#define DMF_STREAM_NAME_SIZE	32

/* Value of &struct dmf_wait.deadline_ns that never comes. */
#define DMF_WAIT_FOREVER	(~(__u64)0)

/**
 * struct dmf_event - one event record
 * @size: size of the whole record in bytes: this header, the data and up to
 *	seven zero bytes that make it a multiple of eight; the next record
 *	starts @size bytes further on. Readers must use it: a program may one day
 *	ask for more by a field of &struct dmf_wait that is reserved now.
 * @data_size: size of the data in bytes.
 * @data_offset: where the data starts, in bytes from the start of the record.
 * @type: type of the event, defined by the driver.
 * @status: 0 or a negative errno, defined by the driver.
 * @reserved: zero; a reader must ignore it.
 * @timestamp_ns: CLOCK_MONOTONIC when the driver reported the event, in
 *	nanoseconds.
 * @sequence: number of the event in its stream, starting with 1. For the only
 *	consumer of a stream a gap tells how many events were lost between two
 *	records; several consumers find each other's events in the gaps. Of a
 *	broadcast a gap is what this open file has lost.
 */
struct dmf_event {
	__u32 size;
	__u32 data_size;
	__u32 data_offset;
	__u32 type;
	__s32 status;
	__u32 reserved;
	__aligned_u64 timestamp_ns;
	__aligned_u64 sequence;
};

/**
 * struct dmf_wait - argument of DMF_IOC_WAIT
 * @buffer: in: address of the memory that receives the records. Behind @used bytes
 *	nothing that is there afterwards means anything.
 * @size: in: size of that memory in bytes; it must hold at least one record.
 * @used: out: number of bytes that were filled; 0 if the call failed after it
 *	has read its argument.
 * @max_count: in: return at most so many records; 0 means as many as fit.
 * @count: out: number of records that were returned, 0 as @used.
 * @deadline_ns: in: absolute CLOCK_MONOTONIC time in nanoseconds after which
 *	the call stops waiting, or DMF_WAIT_FOREVER. A time in the past makes
 *	the call look once and return. Because the time is absolute, a call
 *	that a signal interrupted is repeated with the same argument.
 * @reserved: must be zero.
 */
struct dmf_wait {
	__aligned_u64 buffer;
	__u32 size;
	__u32 used;
	__u32 max_count;
	__u32 count;
	__aligned_u64 deadline_ns;
	__aligned_u64 reserved[2];
};

/**
 * struct dmf_stream_select - argument of DMF_IOC_STREAM_SELECT
 * @name: NUL-terminated name of the stream; the bytes behind the NUL must be
 *	zero.
 * @reserved: must be zero.
 */
struct dmf_stream_select {
	char name[DMF_STREAM_NAME_SIZE];
	__aligned_u64 reserved[2];
};

/**
 * struct dmf_event_set - argument of DMF_IOC_EVENT_SET
 * @name: NUL-terminated name of what has the event, as the driver says; the bytes
 *	behind the NUL must be zero. Empty for the first that the device has.
 * @index: number of the event, defined by the driver.
 * @fd: an eventfd, or -1 to take away the one that is registered, if there is one.
 * @flags: DMF_EVENT_GONE or 0; 0 with -1.
 * @reserved: must be zero.
 */
struct dmf_event_set {
	char name[DMF_STREAM_NAME_SIZE];
	__u32 index;
	__s32 fd;
	__u32 flags;
	__u32 reserved[5];
};

/* In &struct dmf_event_set.flags: signal once more when the device goes. */
#define DMF_EVENT_GONE		(1u << 0)

/* &struct dmf_stream_list.flags: this open file is bound to the stream. */
#define DMF_STREAM_SELECTED	(1U << 0)

/* The same: each open file gets every event; else an event is for one of them. */
#define DMF_STREAM_BROADCAST	(1U << 1)

/**
 * struct dmf_stream_list - argument of DMF_IOC_STREAM_LIST
 * @name: out: name of the stream, NUL-terminated and filled up with zeros.
 * @index: in: which stream, counted from 0.
 * @flags: out: DMF_STREAM_SELECTED, DMF_STREAM_BROADCAST; a reader must ignore other
 *	bits.
 * @record_size: out: size of its largest record in bytes; a buffer of that size is
 *	never too small.
 * @depth: out: how many records it keeps; 0: there is no fixed limit.
 * @queued: out: how many records this open file would get now.
 * @reserved0: in: must be zero.
 * @sequence: out: number of the latest event, 0 if there was none.
 * @lost: out: how many events nobody will ever get, since the device was bound; with
 *	DMF_STREAM_BROADCAST how many this open file will not get, since it was opened.
 * @reserved: in: must be zero.
 */
struct dmf_stream_list {
	char name[DMF_STREAM_NAME_SIZE];
	__u32 index;
	__u32 flags;
	__u32 record_size;
	__u32 depth;
	__u32 queued;
	__u32 reserved0;
	__aligned_u64 sequence;
	__aligned_u64 lost;
	__aligned_u64 reserved[2];
};

/**
 * DMF_IOC_STREAM_SELECT - bind this open file to another stream of the device
 *
 * A caller that is blocked on this file goes on waiting for the stream that it
 * began with; pollers see the new one.
 *
 * Errors: ENOENT no stream of that name, EINVAL name not terminated or
 * reserved bytes not zero.
 */
#define DMF_IOC_STREAM_SELECT	_IOW(DMF_IOC_MAGIC, 0x01, struct dmf_stream_select)

/**
 * DMF_IOC_WAIT - wait for events
 *
 * Blocks until the stream has a record, then returns that and, without further
 * waiting, the following ones that fit. A record counts as delivered when it
 * has been copied; whatever stops a call before that leaves the record where
 * it was.
 *
 * Errors: EAGAIN nothing there and the file is O_NONBLOCK, ETIMEDOUT nothing
 * came before the deadline, ECANCELED by DMF_IOC_CANCEL_MINE, EINTR by a signal
 * whose handler does not restart system calls, ENOSPC the buffer cannot hold
 * the next record (so does read(2)), EFAULT bad address, EINVAL reserved fields
 * not zero, EBADF the file is not open for reading, EOPNOTSUPP the device has no
 * stream.
 */
#define DMF_IOC_WAIT		_IOWR(DMF_IOC_MAGIC, 0x02, struct dmf_wait)

/**
 * DMF_IOC_CANCEL_MINE - end what other threads wait for on this file
 *
 * Every call that is blocked on this open file returns with ECANCELED. Calls
 * on other open files of the device, and calls that come later, are not
 * concerned. A call begins before it reads its argument: a thread that puts
 * the deadline of an argument into the past and then cancels ends the call
 * with that argument, be it under way or about to begin. close(2) does not do
 * this: as everywhere on Linux, it does not wake a thread that is blocked on the
 * descriptor.
 */
#define DMF_IOC_CANCEL_MINE	_IO(DMF_IOC_MAGIC, 0x03)

/**
 * DMF_IOC_EVENT_SET - be told of an event by an eventfd
 *
 * Each time the event happens one is added to the eventfd. It is registered by the
 * open file, with all who share it: at most one eventfd for each event; a second one
 * replaces the first, and no event is missed in between. It stays registered when its
 * descriptor is closed, until it is taken away or this file is closed. An event that
 * is being reported while it is taken away may still be added.
 *
 * One eventfd may be registered for several events. An event that happens while nobody
 * has registered for it is lost; when there is something to look at, look once after
 * having registered.
 *
 * When the device goes the eventfd is forgotten, after a last signal if DMF_EVENT_GONE
 * was given; poll(2) on the node says EPOLLHUP in any case.
 *
 * Errors: ENOENT nothing of that name has events, EINVAL no such event, unknown flags,
 * name not terminated, reserved fields not zero, or @fd is no eventfd, EBADF @fd is not
 * open, or the file is not open for reading, EBUSY 64 files have registered for this
 * event, EFAULT bad address.
 */
#define DMF_IOC_EVENT_SET	_IOW(DMF_IOC_MAGIC, 0x05, struct dmf_event_set)

/**
 * DMF_IOC_STREAM_LIST - tell about one stream of the device
 *
 * A program asks for index 0, 1 and so on until it gets ENOENT. The order, and what is
 * there, stay as long as the file is open. The figures are those of a moment.
 *
 * Errors: ENOENT there are not so many streams, EINVAL reserved fields not zero.
 */
#define DMF_IOC_STREAM_LIST	_IOWR(DMF_IOC_MAGIC, 0x04, struct dmf_stream_list)

#endif /* _UAPI_LINUX_DMF_NOTIFY_H */
