/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device with Modules of one protocol and of a transport, bound by an interface
 * in every combination, for the suites of interfaces.
 */
#ifndef _DMF_INTERFACE_FIXTURE_H
#define _DMF_INTERFACE_FIXTURE_H

#include <linux/dmf/interface.h>
#include <linux/spinlock.h>

#include "dmf_kunit.h"

#define MODULES		3	/* protocols; as many transports */
#define NOTES_MAX	64
#define ANSWER		40	/* of the first transport; the next answers one more */

/* -- The interface, as its header would have it -- */

DMF_DECLARE_INTERFACE(echo);

struct dmf_echo_protocol {
	struct dmf_interface_protocol protocol;
	void (*notify)(struct dmf_echo_interface *echo, int value);
};

struct dmf_echo_transport {
	struct dmf_interface_transport transport;
	int (*ask)(struct dmf_echo_interface *echo);
};

static inline int dmf_echo_ask(struct dmf_echo_interface *echo)
{
	int ret = dmf_interface_transport_acquire(&echo->interface);

	if (ret)
		return ret;
	ret = dmf_echo_transport(echo)->ask(echo);
	dmf_interface_transport_release(&echo->interface);
	return ret;
}

static inline int dmf_echo_notify(struct dmf_echo_interface *echo, int value)
{
	int ret = dmf_interface_protocol_acquire(&echo->interface);

	if (ret)
		return ret;
	dmf_echo_protocol(echo)->notify(echo, value);
	dmf_interface_protocol_release(&echo->interface);
	return 0;
}

/* Another one, which asks the same; its handles are not those of the first. */
DMF_DECLARE_INTERFACE(other);

struct dmf_other_protocol {
	struct dmf_interface_protocol protocol;
};

/* -- What happens, in order -- */

enum note {
	BIND,
	TRANSPORT_POST_BIND,
	PROTOCOL_POST_BIND,
	PROTOCOL_PRE_UNBIND,
	TRANSPORT_PRE_UNBIND,
	UNBIND,
	CLOSE_PROTOCOL,
	CLOSE_TRANSPORT,
};

/* What a callback does beside noting that it was called. */
enum trick {
	TRICK_NONE,
	TRICK_BLOCK,		/* until told */
	TRICK_UNBIND,		/* its own binding */
	TRICK_UNBIND_OTHER,	/* that of the next two Modules */
};

struct echo_rig {
	struct dmf_device *ddev;
	struct dmf_module *protocols[MODULES];
	struct dmf_module *transports[MODULES];
	struct dmf_module *silent;		/* both sides, without any callback */

	spinlock_t lock;			/* guards what follows, up to @answers */
	enum note notes[NOTES_MAX];
	unsigned int count;
	struct dmf_echo_interface *echo;	/* the latest that bind() has seen */
	int answers[NOTES_MAX];			/* of ask(), by callback */

	int fail_bind;
	bool bind_in_modules_add;
	int fail_modules_add;
	enum note trick_at;
	enum trick trick;
	struct completion blocked, go;
	int results[4];				/* of threads */
	struct completion done[4];
	atomic_t binds, unbinds, asked;
	bool stop;
};

/* Contexts of a binding. */
struct echo_above {
	int notified;
};

struct echo_below {
	int asked;
};

extern const struct dmf_client_ops echo_client_ops;

/* For the suite: the rig is test->priv. */
int echo_rig_init(struct kunit *test);
struct echo_rig *echo_probe(struct kunit *test);

/* Bind and unbind the so-manieth protocol and the so-manieth transport. */
int echo_bind_nth(struct echo_rig *rig, unsigned int protocol, unsigned int transport);
int echo_unbind_nth(struct echo_rig *rig, unsigned int protocol, unsigned int transport);

/* A transport that is not one of @rig's. */
struct dmf_module *echo_dynamic_create(struct kunit *test, struct echo_rig *rig,
				       struct dmf_module *parent);

void echo_expect_notes(struct kunit *test, const enum note *expected, unsigned int count);

#define ECHO_EXPECT_NOTES(_test, ...)						\
	echo_expect_notes(_test, (const enum note []){ __VA_ARGS__ },		\
			  sizeof((const enum note []){ __VA_ARGS__ }) / sizeof(enum note))

#endif /* _DMF_INTERFACE_FIXTURE_H */
