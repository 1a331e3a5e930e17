// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device with Modules of one protocol and of a transport, bound by an interface
 * in every combination, for the suites of interfaces.
 */
#include <linux/dmf/module.h>

#include "interface_fixture.h"

static struct echo_rig *rig_of(const struct dmf_module *module)
{
	return dmf_kunit_priv(dmf_parent_device_get(module));
}

static struct echo_rig *rig_of_interface(const struct dmf_interface *interface)
{
	return rig_of(dmf_interface_protocol_module_get(interface));
}

static void note(struct echo_rig *rig, enum note what)
{
	spin_lock(&rig->lock);
	if (rig->count < NOTES_MAX)
		rig->notes[rig->count++] = what;
	spin_unlock(&rig->lock);
}

int echo_bind_nth(struct echo_rig *rig, unsigned int protocol, unsigned int transport)
{
	return dmf_interface_bind(rig->protocols[protocol], rig->transports[transport], echo);
}

int echo_unbind_nth(struct echo_rig *rig, unsigned int protocol, unsigned int transport)
{
	return dmf_interface_unbind(rig->protocols[protocol], rig->transports[transport], echo);
}

/* Every callback: note it, see whether methods work, play the trick. */
static void called(struct dmf_interface *interface, enum note what)
{
	struct echo_rig *rig = rig_of_interface(interface);

	rig->answers[what] = dmf_echo_ask(dmf_echo_interface(interface));
	note(rig, what);
	if (!rig->trick || what != rig->trick_at)
		return;

	if (rig->trick == TRICK_BLOCK) {
		complete(&rig->blocked);
		wait_for_completion(&rig->go);
	} else if (rig->trick == TRICK_UNBIND) {
		rig->results[0] = echo_unbind_nth(rig, 0, 0);
	} else {
		rig->trick = TRICK_NONE;
		rig->results[0] = echo_unbind_nth(rig, 1, 1);
	}
}

/* -- The two sides -- */

static int echo_bind(struct dmf_interface *interface)
{
	struct echo_rig *rig = rig_of_interface(interface);

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
	struct echo_rig *rig = rig_of_interface(interface);

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
	struct echo_above *above = dmf_interface_protocol_context(&echo->interface);

	above->notified += value;
}

static int echo_ask(struct dmf_echo_interface *echo)
{
	struct dmf_module *module = dmf_interface_transport_module_get(&echo->interface);
	struct echo_below *below = dmf_interface_transport_context(&echo->interface);
	struct echo_rig *rig = rig_of(module);
	int i = 0;

	below->asked++;
	while (i < MODULES && rig->transports[i] != module)
		i++;
	return ANSWER + i;
}

static const struct dmf_echo_protocol protocol_table = {
	.protocol = {
		.context_size	= sizeof(struct echo_above),
		.bind		= echo_bind,
		.unbind		= echo_unbind,
		.post_bind	= echo_protocol_post_bind,
		.pre_unbind	= echo_protocol_pre_unbind,
	},
	.notify = echo_notify,
};

static const struct dmf_echo_transport transport_table = {
	.transport = {
		.context_size	= sizeof(struct echo_below),
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

/* A transport that can be dynamic. */
static const struct dmf_module_desc dynamic_desc = {
	.name		= "dynamic",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &transport_ops,
	.interfaces	= transport_interfaces,
};

static struct dmf_module_keys protocol_keys, transport_keys, silent_keys, dynamic_keys;

static int client_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct echo_rig *rig = dmf_kunit_priv(ddev);
	unsigned int i;
	int ret;

	ret = __dmf_module_add(init, &silent_desc, &silent_keys, NULL, NULL, &rig->silent);
	for (i = 0; i < MODULES && !ret; i++)
		ret = __dmf_module_add(init, &protocol_desc, &protocol_keys, NULL, NULL,
				       &rig->protocols[i]) ?:
		      __dmf_module_add(init, &transport_desc, &transport_keys, NULL, NULL,
				       &rig->transports[i]);
	if (!ret && rig->bind_in_modules_add)
		ret = echo_bind_nth(rig, 0, 0);
	return ret ?: rig->fail_modules_add;
}

const struct dmf_client_ops echo_client_ops = { .modules_add = client_modules_add };

struct echo_rig *echo_probe(struct kunit *test)
{
	struct echo_rig *rig = test->priv;

	rig->ddev = dmf_kunit_probe(test, &echo_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(rig->ddev));
	return rig;
}

void echo_expect_notes(struct kunit *test, const enum note *expected, unsigned int count)
{
	struct echo_rig *rig = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, rig->count, count);
	for (i = 0; i < min(count, rig->count); i++)
		KUNIT_EXPECT_EQ_MSG(test, rig->notes[i], expected[i], "step %u", i);
}

struct dmf_module *echo_dynamic_create(struct kunit *test, struct echo_rig *rig,
				       struct dmf_module *parent)
{
	struct dmf_module *module;

	KUNIT_ASSERT_EQ(test, __dmf_module_create(rig->ddev, parent, &dynamic_desc, &dynamic_keys,
						  NULL, NULL, &module), 0);
	return module;
}

int echo_rig_init(struct kunit *test)
{
	struct echo_rig *rig = kunit_kzalloc(test, sizeof(*rig), GFP_KERNEL);
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
