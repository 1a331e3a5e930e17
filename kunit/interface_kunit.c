// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of interfaces: Modules of one protocol and Modules of a transport, bound
 * in every combination; the order of the callbacks, every step failing, and the
 * races between binding, use, unbinding and the end of a Module.
 */
#include <linux/dmf/interface.h>
#include <linux/kthread.h>

#include "../dmf/internal.h"
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

static int dmf_echo_ask(struct dmf_echo_interface *echo)
{
	int ret = dmf_interface_transport_acquire(&echo->interface);

	if (ret)
		return ret;
	ret = dmf_echo_transport(echo)->ask(echo);
	dmf_interface_transport_release(&echo->interface);
	return ret;
}

static int dmf_echo_notify(struct dmf_echo_interface *echo, int value)
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

static_assert(!__same_type(struct dmf_echo_interface *, struct dmf_other_interface *));
static_assert(!__same_type(struct dmf_echo_interface *, struct dmf_interface *));

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

struct rig {
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

struct above {
	int notified;
};

struct below {
	int asked;
};

static struct rig *rig_of(const struct dmf_module *module)
{
	return dmf_kunit_priv(dmf_parent_device_get(module));
}

static struct rig *rig_of_interface(const struct dmf_interface *interface)
{
	return rig_of(dmf_interface_protocol_module_get(interface));
}

static void note(struct rig *rig, enum note what)
{
	spin_lock(&rig->lock);
	if (rig->count < NOTES_MAX)
		rig->notes[rig->count++] = what;
	spin_unlock(&rig->lock);
}

static int bind_nth(struct rig *rig, unsigned int protocol, unsigned int transport)
{
	return dmf_interface_bind(rig->protocols[protocol], rig->transports[transport], echo);
}

static int unbind_nth(struct rig *rig, unsigned int protocol, unsigned int transport)
{
	return dmf_interface_unbind(rig->protocols[protocol], rig->transports[transport], echo);
}

/* Every callback: note it, see whether methods work, play the trick. */
static void called(struct dmf_interface *interface, enum note what)
{
	struct rig *rig = rig_of_interface(interface);

	rig->answers[what] = dmf_echo_ask(dmf_echo_interface(interface));
	note(rig, what);
	if (!rig->trick || what != rig->trick_at)
		return;

	if (rig->trick == TRICK_BLOCK) {
		complete(&rig->blocked);
		wait_for_completion(&rig->go);
	} else if (rig->trick == TRICK_UNBIND) {
		rig->results[0] = unbind_nth(rig, 0, 0);
	} else {
		rig->trick = TRICK_NONE;
		rig->results[0] = unbind_nth(rig, 1, 1);
	}
}

/* -- The two sides -- */

static int echo_bind(struct dmf_interface *interface)
{
	struct rig *rig = rig_of_interface(interface);

	called(interface, BIND);
	if (rig->fail_bind)
		return rig->fail_bind;

	atomic_inc(&rig->binds);
	spin_lock(&rig->lock);
	rig->echo = dmf_echo_interface(interface);
	spin_unlock(&rig->lock);
	return 0;
}

static void echo_unbind(struct dmf_interface *interface)
{
	struct rig *rig = rig_of_interface(interface);

	called(interface, UNBIND);
	atomic_inc(&rig->unbinds);
	spin_lock(&rig->lock);
	if (rig->echo == dmf_echo_interface(interface))
		rig->echo = NULL;
	spin_unlock(&rig->lock);
}

static void echo_protocol_post_bind(struct dmf_interface *interface)
{
	called(interface, PROTOCOL_POST_BIND);
}

static void echo_protocol_pre_unbind(struct dmf_interface *interface)
{
	called(interface, PROTOCOL_PRE_UNBIND);
}

static void echo_transport_post_bind(struct dmf_interface *interface)
{
	called(interface, TRANSPORT_POST_BIND);
}

static void echo_transport_pre_unbind(struct dmf_interface *interface)
{
	called(interface, TRANSPORT_PRE_UNBIND);
}

static void echo_notify(struct dmf_echo_interface *echo, int value)
{
	struct above *above = dmf_interface_protocol_context(&echo->interface);

	above->notified += value;
}

static int echo_ask(struct dmf_echo_interface *echo)
{
	struct dmf_module *module = dmf_interface_transport_module_get(&echo->interface);
	struct below *below = dmf_interface_transport_context(&echo->interface);
	struct rig *rig = rig_of(module);
	int i = 0;

	below->asked++;
	while (i < MODULES && rig->transports[i] != module)
		i++;
	return ANSWER + i;
}

static const struct dmf_echo_protocol protocol_table = {
	.protocol = {
		.context_size	= sizeof(struct above),
		.bind		= echo_bind,
		.unbind		= echo_unbind,
		.post_bind	= echo_protocol_post_bind,
		.pre_unbind	= echo_protocol_pre_unbind,
	},
	.notify = echo_notify,
};

static const struct dmf_echo_transport transport_table = {
	.transport = {
		.context_size	= sizeof(struct below),
		.post_bind	= echo_transport_post_bind,
		.pre_unbind	= echo_transport_pre_unbind,
	},
	.ask = echo_ask,
};

static const struct dmf_other_protocol other_table = { };
static const struct dmf_echo_protocol silent_protocol = { };
static const struct dmf_echo_transport silent_transport = { };

/* -- The Modules -- */

static void protocol_close(struct dmf_module *module)
{
	note(rig_of(module), CLOSE_PROTOCOL);
}

static void transport_close(struct dmf_module *module)
{
	note(rig_of(module), CLOSE_TRANSPORT);
}

static const struct dmf_interface_desc protocol_interfaces[] = {
	DMF_INTERFACE_PROTOCOL(other, other_table),
	DMF_INTERFACE_PROTOCOL(echo, protocol_table),
	{ }
};

static const struct dmf_interface_desc transport_interfaces[] = {
	DMF_INTERFACE_TRANSPORT(echo, transport_table),
	{ }
};

static const struct dmf_interface_desc silent_interfaces[] = {
	DMF_INTERFACE_PROTOCOL(echo, silent_protocol),
	DMF_INTERFACE_TRANSPORT(echo, silent_transport),
	{ }
};

static const struct dmf_module_ops protocol_ops = { .close = protocol_close };
static const struct dmf_module_ops transport_ops = { .close = transport_close };
static const struct dmf_module_ops silent_ops = { };

static const struct dmf_module_desc protocol_desc = {
	.name		= "protocol",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &protocol_ops,
	.interfaces	= protocol_interfaces,
};

static const struct dmf_module_desc transport_desc = {
	.name		= "transport",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_D0_ENTRY,
	.ops		= &transport_ops,
	.interfaces	= transport_interfaces,
};

static const struct dmf_module_desc silent_desc = {
	.name		= "silent",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &silent_ops,
	.interfaces	= silent_interfaces,
};

static struct dmf_module_keys protocol_keys, transport_keys, silent_keys;

static int client_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct rig *rig = dmf_kunit_priv(ddev);
	unsigned int i;
	int ret;

	ret = __dmf_module_add(init, &silent_desc, &silent_keys, NULL, NULL, &rig->silent);
	for (i = 0; i < MODULES && !ret; i++)
		ret = __dmf_module_add(init, &protocol_desc, &protocol_keys, NULL, NULL,
				       &rig->protocols[i]) ?:
		      __dmf_module_add(init, &transport_desc, &transport_keys, NULL, NULL,
				       &rig->transports[i]);
	if (!ret && rig->bind_in_modules_add)
		ret = bind_nth(rig, 0, 0);
	return ret ?: rig->fail_modules_add;
}

static const struct dmf_client_ops client_ops = { .modules_add = client_modules_add };

static struct rig *rig_probe(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig->ddev = dmf_kunit_probe(test, &client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(rig->ddev));
	return rig;
}

static void expect_notes(struct kunit *test, const enum note *expected, unsigned int count)
{
	struct rig *rig = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, rig->count, count);
	for (i = 0; i < min(count, rig->count); i++)
		KUNIT_EXPECT_EQ_MSG(test, rig->notes[i], expected[i], "step %u", i);
}

#define EXPECT_NOTES(_test, ...)						\
	expect_notes(_test, (const enum note []){ __VA_ARGS__ },		\
		     sizeof((const enum note []){ __VA_ARGS__ }) / sizeof(enum note))

/* -- Binding and unbinding ------------------------------------------------------------ */

static void callbacks_come_in_order(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), 0);
	EXPECT_NOTES(test, BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND);
	KUNIT_EXPECT_EQ(test, unbind_nth(rig, 0, 0), 0);
	EXPECT_NOTES(test, BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND,
		     PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND);
}

static void methods_work_from_post_bind_to_pre_unbind(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, unbind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, rig->answers[BIND], -ENODEV);
	KUNIT_EXPECT_EQ(test, rig->answers[TRANSPORT_POST_BIND], ANSWER);
	KUNIT_EXPECT_EQ(test, rig->answers[PROTOCOL_POST_BIND], ANSWER);
	KUNIT_EXPECT_EQ(test, rig->answers[PROTOCOL_PRE_UNBIND], ANSWER);
	KUNIT_EXPECT_EQ(test, rig->answers[TRANSPORT_PRE_UNBIND], ANSWER);
	KUNIT_EXPECT_EQ(test, rig->answers[UNBIND], -ENODEV);
}

static void both_sides_have_a_context(struct kunit *test)
{
	struct rig *rig = rig_probe(test);
	struct above *above;
	struct below *below;

	KUNIT_ASSERT_EQ(test, bind_nth(rig, 0, 1), 0);
	above = dmf_interface_protocol_context(&rig->echo->interface);
	below = dmf_interface_transport_context(&rig->echo->interface);
	KUNIT_ASSERT_NOT_NULL(test, above);
	KUNIT_ASSERT_NOT_NULL(test, below);
	KUNIT_EXPECT_EQ(test, dmf_echo_notify(rig->echo, 5), 0);
	KUNIT_EXPECT_EQ(test, above->notified, 5);
	/* Twice in post_bind, once here. */
	KUNIT_EXPECT_EQ(test, dmf_echo_ask(rig->echo), ANSWER + 1);
	KUNIT_EXPECT_EQ(test, below->asked, 3);
	KUNIT_EXPECT_PTR_EQ(test, dmf_interface_protocol_module_get(&rig->echo->interface),
			    rig->protocols[0]);
	KUNIT_EXPECT_PTR_EQ(test, dmf_interface_transport_module_get(&rig->echo->interface),
			    rig->transports[1]);
}

static void callbacks_and_contexts_may_be_missing(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_interface_bind(rig->silent, rig->silent, echo), 0);
	KUNIT_EXPECT_EQ(test, dmf_interface_unbind(rig->silent, rig->silent, echo), 0);
	KUNIT_EXPECT_EQ(test, rig->count, 0);
}

static void second_bind_is_refused(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), -EEXIST);
	EXPECT_NOTES(test, BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND);
	KUNIT_EXPECT_EQ(test, unbind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, unbind_nth(rig, 0, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), 0);
}

static void wrong_sides_are_refused(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_interface_bind(rig->transports[0], rig->protocols[0], echo),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_interface_bind(rig->protocols[0], rig->protocols[1], echo),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_interface_bind(rig->protocols[0], rig->transports[0], other),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, rig->count, 0);
}

static void modules_of_two_devices_are_refused(struct kunit *test)
{
	struct rig *rig = rig_probe(test);
	struct dmf_module *protocol = rig->protocols[0];

	rig_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_interface_bind(protocol, rig->transports[0], echo), -EXDEV);
}

static void many_are_bound_to_many(struct kunit *test)
{
	struct rig *rig = rig_probe(test);
	unsigned int i;

	for (i = 0; i < MODULES * MODULES; i++) {
		KUNIT_EXPECT_EQ(test, bind_nth(rig, i / MODULES, i % MODULES), 0);
		KUNIT_EXPECT_EQ(test, dmf_echo_ask(rig->echo), ANSWER + i % MODULES);
	}
	for (i = 0; i < MODULES * MODULES; i++)
		KUNIT_EXPECT_EQ(test, bind_nth(rig, i / MODULES, i % MODULES), -EEXIST);
	/* One goes, the others stay; removal takes the rest. */
	KUNIT_EXPECT_EQ(test, unbind_nth(rig, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 1), -EEXIST);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 1, 0), -EEXIST);
	dmf_kunit_remove(test, rig->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->binds), MODULES * MODULES);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unbinds), MODULES * MODULES);
}

/* -- Failures --------------------------------------------------------------------------- */

static void failed_bind_calls_nothing_else(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	rig->fail_bind = -EPROTO;
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), -EPROTO);
	EXPECT_NOTES(test, BIND);
	KUNIT_EXPECT_EQ(test, unbind_nth(rig, 0, 0), -ENOENT);
	EXPECT_NOTES(test, BIND);
	rig->fail_bind = 0;
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), 0);
}

static int bind_and_unbind(struct kunit *test, void *data)
{
	struct rig *rig = data;
	int ret = bind_nth(rig, 0, 0);

	return ret ?: unbind_nth(rig, 0, 0);
}

static int bind_and_unbind_whole_or_not(struct kunit *test, void *data)
{
	struct rig *rig = data;
	int ret;

	rig->count = 0;
	ret = bind_and_unbind(test, rig);
	KUNIT_EXPECT_EQ(test, rig->count, ret ? 0 : 6);
	return ret;
}

static void failed_allocations_bind_nothing(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	/* The binding and two contexts; lockdep can do without what it wants. */
	dmf_kunit_fail_nth(test, bind_and_unbind_whole_or_not, rig, 3);
}

static void failed_modules_add_unbinds(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig->bind_in_modules_add = true;
	rig->fail_modules_add = -EIO;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &client_ops)), -EIO);
	/* Nothing was ever open: methods have not worked. */
	EXPECT_NOTES(test, BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND,
		     PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND);
	KUNIT_EXPECT_EQ(test, rig->answers[TRANSPORT_PRE_UNBIND], -ENODEV);
}

/* -- The life of the Modules ------------------------------------------------------------ */

static void binding_survives_closing_and_opening(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig->bind_in_modules_add = true;
	rig_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_echo_ask(rig->echo), ANSWER);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(rig->ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_EQ(test, dmf_echo_ask(rig->echo), -ENODEV);
	/* The protocol is open, and the binding is. */
	KUNIT_EXPECT_EQ(test, dmf_echo_notify(rig->echo, 1), 0);
	KUNIT_EXPECT_EQ(test, dmf_interface_reference(&rig->echo->interface), 0);
	dmf_interface_dereference(&rig->echo->interface);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(rig->ddev), 0);
	KUNIT_EXPECT_EQ(test, dmf_echo_ask(rig->echo), ANSWER);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->binds), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unbinds), 0);
}

static void remove_unbinds_before_modules_close(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), 0);
	rig->count = 0;
	dmf_kunit_remove(test, rig->ddev);
	EXPECT_NOTES(test, PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND,
		     CLOSE_TRANSPORT, CLOSE_TRANSPORT, CLOSE_TRANSPORT,
		     CLOSE_PROTOCOL, CLOSE_PROTOCOL, CLOSE_PROTOCOL);
	KUNIT_EXPECT_EQ(test, rig->answers[TRANSPORT_PRE_UNBIND], ANSWER);
}

static void end_of_a_module_unbinds_what_is_bound_to_it(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 1, 1), 0);
	dmf_interfaces_unbind_all(rig->transports[0]);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unbinds), 2);
	KUNIT_EXPECT_EQ(test, unbind_nth(rig, 0, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, unbind_nth(rig, 0, 1), 0);
	/* It is about to go; the others are not. */
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 1), 0);
	dmf_interfaces_unbind_all(rig->protocols[1]);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unbinds), 4);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 1, 1), -ENODEV);
}

/* -- Callbacks that unbind ---------------------------------------------------------------- */

static void callback_cannot_unbind_its_own_binding(struct kunit *test)
{
	static const enum note callbacks[] = {
		BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND,
		PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND,
	};
	struct rig *rig = rig_probe(test);
	unsigned int i;

	rig->trick = TRICK_UNBIND;
	for (i = 0; i < ARRAY_SIZE(callbacks); i++) {
		rig->trick_at = callbacks[i];
		rig->results[0] = 0;
		rig->count = 0;
		dmf_kunit_expect_begin(test, "WARNING:.*dmf_module_interface_unbind");
		KUNIT_EXPECT_EQ(test, bind_and_unbind(test, rig), 0);
		dmf_kunit_expect_end(test);
		KUNIT_EXPECT_EQ(test, rig->results[0], -EDEADLK);
		KUNIT_EXPECT_EQ(test, rig->count, 6);
	}
}

static void callback_may_unbind_another_binding(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	KUNIT_EXPECT_EQ(test, bind_nth(rig, 1, 1), 0);
	rig->trick = TRICK_UNBIND_OTHER;
	rig->trick_at = BIND;
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, rig->results[0], 0);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), -EEXIST);
	KUNIT_EXPECT_EQ(test, unbind_nth(rig, 1, 1), -ENOENT);
}

/* -- Races ---------------------------------------------------------------------------------- */

/* Long enough for another thread to be where it waits. */
static void let_wait(void)
{
	schedule_timeout_uninterruptible(HZ / 20);
}

static int thread_bind(void *data)
{
	struct rig *rig = data;

	rig->results[0] = bind_nth(rig, 0, 0);
	complete(&rig->done[0]);
	return 0;
}

static int thread_unbind(void *data)
{
	struct rig *rig = data;

	rig->results[1] = unbind_nth(rig, 0, 0);
	complete(&rig->done[1]);
	return 0;
}

static int thread_unbind_all(void *data)
{
	struct rig *rig = data;

	dmf_interfaces_unbind_all(rig->transports[0]);
	complete(&rig->done[2]);
	return 0;
}

static int thread_dereference(void *data)
{
	struct rig *rig = data;

	let_wait();
	rig->results[3] = dmf_interface_reference(&rig->echo->interface);
	rig->count = 0;
	dmf_interface_dereference(&rig->echo->interface);
	complete(&rig->done[3]);
	return 0;
}

static void blocks_at(struct rig *rig, enum note what)
{
	rig->trick_at = what;
	rig->trick = TRICK_BLOCK;
}

static void wait_until(struct kunit *test, struct completion *completion)
{
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(completion, DMF_KUNIT_TIMEOUT), 0);
}

static void unbind_waits_for_the_last_reference(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	KUNIT_ASSERT_EQ(test, bind_nth(rig, 0, 0), 0);
	KUNIT_ASSERT_EQ(test, dmf_interface_reference(&rig->echo->interface), 0);
	dmf_kunit_run(test, thread_dereference, rig);
	KUNIT_EXPECT_EQ(test, unbind_nth(rig, 0, 0), 0);
	wait_until(test, &rig->done[3]);
	/* New ones are refused meanwhile; unbind() after the last is back. */
	KUNIT_EXPECT_EQ(test, rig->results[3], -ENODEV);
	EXPECT_NOTES(test, UNBIND);
}

static void unbind_waits_for_bind(struct kunit *test)
{
	static const enum note steps[] = { BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND };
	struct rig *rig = rig_probe(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		rig->count = 0;
		blocks_at(rig, steps[i]);
		dmf_kunit_run(test, thread_bind, rig);
		wait_until(test, &rig->blocked);
		KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), -EEXIST);
		dmf_kunit_run(test, thread_unbind, rig);
		let_wait();
		KUNIT_EXPECT_EQ(test, rig->count, i + 1);
		complete(&rig->go);
		wait_until(test, &rig->done[0]);
		wait_until(test, &rig->done[1]);
		KUNIT_EXPECT_EQ(test, rig->results[0], 0);
		KUNIT_EXPECT_EQ(test, rig->results[1], 0);
		EXPECT_NOTES(test, BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND,
			     PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND);
	}
}

static void unbind_of_a_bind_that_fails_finds_nothing(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	rig->fail_bind = -EPROTO;
	blocks_at(rig, BIND);
	dmf_kunit_run(test, thread_bind, rig);
	wait_until(test, &rig->blocked);
	dmf_kunit_run(test, thread_unbind, rig);
	let_wait();
	complete(&rig->go);
	wait_until(test, &rig->done[0]);
	wait_until(test, &rig->done[1]);
	KUNIT_EXPECT_EQ(test, rig->results[0], -EPROTO);
	KUNIT_EXPECT_EQ(test, rig->results[1], -ENOENT);
	EXPECT_NOTES(test, BIND);
}

static void end_of_a_module_waits_for_bind(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	blocks_at(rig, BIND);
	dmf_kunit_run(test, thread_bind, rig);
	wait_until(test, &rig->blocked);
	dmf_kunit_run(test, thread_unbind_all, rig);
	let_wait();
	KUNIT_EXPECT_FALSE(test, completion_done(&rig->done[2]));
	complete(&rig->go);
	wait_until(test, &rig->done[0]);
	wait_until(test, &rig->done[2]);
	KUNIT_EXPECT_EQ(test, rig->results[0], 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unbinds), 1);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), -ENODEV);
}

static void end_of_a_module_waits_for_unbind(struct kunit *test)
{
	static const enum note steps[] = { PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND };
	struct rig *rig;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		rig = rig_probe(test);
		KUNIT_ASSERT_EQ(test, bind_nth(rig, 0, 0), 0);
		rig->count = 0;
		blocks_at(rig, steps[i]);
		dmf_kunit_run(test, thread_unbind, rig);
		wait_until(test, &rig->blocked);
		dmf_kunit_run(test, thread_unbind_all, rig);
		let_wait();
		KUNIT_EXPECT_FALSE(test, completion_done(&rig->done[2]));
		complete(&rig->go);
		wait_until(test, &rig->done[1]);
		wait_until(test, &rig->done[2]);
		KUNIT_EXPECT_EQ(test, rig->results[1], 0);
		EXPECT_NOTES(test, PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND);
	}
}

static void loser_of_two_unbinds_returns_when_it_is_done(struct kunit *test)
{
	struct rig *rig = rig_probe(test);

	KUNIT_ASSERT_EQ(test, bind_nth(rig, 0, 0), 0);
	blocks_at(rig, UNBIND);
	dmf_kunit_run(test, thread_unbind_all, rig);
	wait_until(test, &rig->blocked);
	dmf_kunit_run(test, thread_unbind, rig);
	let_wait();
	KUNIT_EXPECT_FALSE(test, completion_done(&rig->done[1]));
	complete(&rig->go);
	wait_until(test, &rig->done[2]);
	wait_until(test, &rig->done[1]);
	KUNIT_EXPECT_EQ(test, rig->results[1], -ENOENT);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unbinds), 1);
}

/* Takes references where its own lock guards the handle, as a protocol would. */
static int thread_use(void *data)
{
	struct rig *rig = data;
	struct dmf_echo_interface *echo;

	while (!READ_ONCE(rig->stop)) {
		spin_lock(&rig->lock);
		echo = rig->echo;
		if (echo && dmf_interface_reference(&echo->interface))
			echo = NULL;
		spin_unlock(&rig->lock);
		if (echo) {
			if (dmf_echo_ask(echo) >= ANSWER)
				atomic_inc(&rig->asked);
			dmf_interface_dereference(&echo->interface);
		}
		cond_resched();
	}
	complete(&rig->done[0]);
	return 0;
}

static int thread_bind_and_unbind(void *data)
{
	struct rig *rig = data;

	while (!READ_ONCE(rig->stop)) {
		bind_nth(rig, 0, 0);
		unbind_nth(rig, 0, 0);
		cond_resched();
	}
	complete(&rig->done[1]);
	return 0;
}

/* Users, two who bind and unbind, and power; then the device goes. */
static void all_race_with_all(struct kunit *test)
{
	struct rig *rig = rig_probe(test);
	unsigned long end = jiffies + HZ;
	unsigned int downs = 0;

	dmf_kunit_run(test, thread_use, rig);
	dmf_kunit_run(test, thread_use, rig);
	dmf_kunit_run(test, thread_bind_and_unbind, rig);
	dmf_kunit_run(test, thread_bind_and_unbind, rig);
	while (time_before(jiffies, end) || !atomic_read(&rig->asked)) {
		KUNIT_EXPECT_EQ(test, dmf_device_power_down(rig->ddev, DMF_POWER_IDLE), 0);
		KUNIT_EXPECT_EQ(test, dmf_device_power_up(rig->ddev), 0);
		downs++;
		schedule_timeout_uninterruptible(1);
		if (time_after(jiffies, end + DMF_KUNIT_TIMEOUT))
			break;
	}
	dmf_interfaces_unbind_all(rig->protocols[0]);
	KUNIT_EXPECT_EQ(test, bind_nth(rig, 0, 0), -ENODEV);
	WRITE_ONCE(rig->stop, true);
	wait_until(test, &rig->done[0]);
	wait_until(test, &rig->done[0]);
	wait_until(test, &rig->done[1]);
	wait_until(test, &rig->done[1]);
	KUNIT_EXPECT_GT(test, downs, 0);
	KUNIT_EXPECT_GT(test, atomic_read(&rig->asked), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&rig->binds), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unbinds), atomic_read(&rig->binds));
}

static int rig_init(struct kunit *test)
{
	struct rig *rig = kunit_kzalloc(test, sizeof(*rig), GFP_KERNEL);
	unsigned int i;

	if (!rig)
		return -ENOMEM;
	spin_lock_init(&rig->lock);
	init_completion(&rig->blocked);
	init_completion(&rig->go);
	for (i = 0; i < ARRAY_SIZE(rig->done); i++)
		init_completion(&rig->done[i]);
	test->priv = rig;
	return 0;
}

static struct kunit_case interface_cases[] = {
	KUNIT_CASE(callbacks_come_in_order),
	KUNIT_CASE(methods_work_from_post_bind_to_pre_unbind),
	KUNIT_CASE(both_sides_have_a_context),
	KUNIT_CASE(callbacks_and_contexts_may_be_missing),
	KUNIT_CASE(second_bind_is_refused),
	KUNIT_CASE(wrong_sides_are_refused),
	KUNIT_CASE(modules_of_two_devices_are_refused),
	KUNIT_CASE(many_are_bound_to_many),
	KUNIT_CASE(failed_bind_calls_nothing_else),
	KUNIT_CASE(failed_allocations_bind_nothing),
	KUNIT_CASE(failed_modules_add_unbinds),
	KUNIT_CASE(binding_survives_closing_and_opening),
	KUNIT_CASE(remove_unbinds_before_modules_close),
	KUNIT_CASE(end_of_a_module_unbinds_what_is_bound_to_it),
	KUNIT_CASE(callback_cannot_unbind_its_own_binding),
	KUNIT_CASE(callback_may_unbind_another_binding),
	KUNIT_CASE(unbind_waits_for_the_last_reference),
	KUNIT_CASE(unbind_waits_for_bind),
	KUNIT_CASE(unbind_of_a_bind_that_fails_finds_nothing),
	KUNIT_CASE(end_of_a_module_waits_for_bind),
	KUNIT_CASE(end_of_a_module_waits_for_unbind),
	KUNIT_CASE(loser_of_two_unbinds_returns_when_it_is_done),
	KUNIT_CASE(all_race_with_all),
	{ }
};

static struct kunit_suite interface_suite = {
	.name = "dmf_interface",
	.init = rig_init,
	.test_cases = interface_cases,
};

kunit_test_suite(interface_suite);
