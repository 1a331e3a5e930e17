// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of interfaces: the order of the callbacks, what is refused, every step
 * failing, and what becomes of bindings when Modules close and go.
 */
#include "../dmf/internal.h"
#include "interface_fixture.h"

static_assert(!__same_type(struct dmf_echo_interface *, struct dmf_other_interface *));
static_assert(!__same_type(struct dmf_echo_interface *, struct dmf_interface *));

/* -- Binding and unbinding ------------------------------------------------------------ */

static void callbacks_come_in_order(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);

	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
	ECHO_EXPECT_NOTES(test, BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND);
	KUNIT_EXPECT_EQ(test, echo_unbind_nth(rig, 0, 0), 0);
	ECHO_EXPECT_NOTES(test, BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND,
			  PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND);
}

static void methods_work_from_post_bind_to_pre_unbind(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);

	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, echo_unbind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, rig->answers[BIND], -ENODEV);
	KUNIT_EXPECT_EQ(test, rig->answers[TRANSPORT_POST_BIND], ANSWER);
	KUNIT_EXPECT_EQ(test, rig->answers[PROTOCOL_POST_BIND], ANSWER);
	KUNIT_EXPECT_EQ(test, rig->answers[PROTOCOL_PRE_UNBIND], ANSWER);
	KUNIT_EXPECT_EQ(test, rig->answers[TRANSPORT_PRE_UNBIND], ANSWER);
	KUNIT_EXPECT_EQ(test, rig->answers[UNBIND], -ENODEV);
}

static void both_sides_have_a_context(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);
	struct echo_above *above;
	struct echo_below *below;

	KUNIT_ASSERT_EQ(test, echo_bind_nth(rig, 0, 1), 0);
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
	struct echo_rig *rig = echo_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_interface_bind(rig->silent, rig->silent, echo), 0);
	KUNIT_EXPECT_EQ(test, dmf_interface_unbind(rig->silent, rig->silent, echo), 0);
	KUNIT_EXPECT_EQ(test, rig->count, 0);
}

static void second_bind_is_refused(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);

	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), -EEXIST);
	ECHO_EXPECT_NOTES(test, BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND);
	KUNIT_EXPECT_EQ(test, echo_unbind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, echo_unbind_nth(rig, 0, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
}

static void wrong_sides_are_refused(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);

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
	struct echo_rig *rig = echo_probe(test);
	struct dmf_module *protocol = rig->protocols[0];

	echo_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_interface_bind(protocol, rig->transports[0], echo), -EXDEV);
}

static void many_are_bound_to_many(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);
	unsigned int i;

	for (i = 0; i < MODULES * MODULES; i++) {
		KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, i / MODULES, i % MODULES), 0);
		KUNIT_EXPECT_EQ(test, dmf_echo_ask(rig->echo), ANSWER + i % MODULES);
	}
	for (i = 0; i < MODULES * MODULES; i++)
		KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, i / MODULES, i % MODULES), -EEXIST);
	/* One goes, the others stay; removal takes the rest. */
	KUNIT_EXPECT_EQ(test, echo_unbind_nth(rig, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 1), -EEXIST);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 1, 0), -EEXIST);
	dmf_kunit_remove(test, rig->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->binds), MODULES * MODULES);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unbinds), MODULES * MODULES);
}

/* -- Failures --------------------------------------------------------------------------- */

static void failed_bind_calls_nothing_else(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);

	rig->fail_bind = -EPROTO;
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), -EPROTO);
	ECHO_EXPECT_NOTES(test, BIND);
	KUNIT_EXPECT_EQ(test, echo_unbind_nth(rig, 0, 0), -ENOENT);
	ECHO_EXPECT_NOTES(test, BIND);
	rig->fail_bind = 0;
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
}

static int bind_and_unbind(struct kunit *test, void *data)
{
	struct echo_rig *rig = data;
	int ret = echo_bind_nth(rig, 0, 0);

	return ret ?: echo_unbind_nth(rig, 0, 0);
}

static int bind_and_unbind_whole_or_not(struct kunit *test, void *data)
{
	struct echo_rig *rig = data;
	int ret;

	rig->count = 0;
	ret = bind_and_unbind(test, rig);
	KUNIT_EXPECT_EQ(test, rig->count, ret ? 0 : 6);
	return ret;
}

static void failed_allocations_bind_nothing(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);

	/* The binding and two contexts; lockdep can do without what it wants. */
	dmf_kunit_fail_nth(test, bind_and_unbind_whole_or_not, rig, 3);
}

static void failed_modules_add_unbinds(struct kunit *test)
{
	struct echo_rig *rig = test->priv;

	rig->bind_in_modules_add = true;
	rig->fail_modules_add = -EIO;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &echo_client_ops)), -EIO);
	/* Nothing was ever open: methods have not worked. */
	ECHO_EXPECT_NOTES(test, BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND,
			  PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND);
	KUNIT_EXPECT_EQ(test, rig->answers[TRANSPORT_PRE_UNBIND], -ENODEV);
}

/* -- The life of the Modules ------------------------------------------------------------ */

static void binding_survives_closing_and_opening(struct kunit *test)
{
	struct echo_rig *rig = test->priv;

	rig->bind_in_modules_add = true;
	echo_probe(test);
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
	struct echo_rig *rig = echo_probe(test);

	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
	rig->count = 0;
	dmf_kunit_remove(test, rig->ddev);
	ECHO_EXPECT_NOTES(test, PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND,
			  CLOSE_TRANSPORT, CLOSE_TRANSPORT, CLOSE_TRANSPORT,
			  CLOSE_PROTOCOL, CLOSE_PROTOCOL, CLOSE_PROTOCOL);
	KUNIT_EXPECT_EQ(test, rig->answers[TRANSPORT_PRE_UNBIND], ANSWER);
}

static void end_of_a_module_unbinds_what_is_bound_to_it(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);

	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 1, 1), 0);
	dmf_interfaces_unbind_all(rig->transports[0]);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unbinds), 2);
	KUNIT_EXPECT_EQ(test, echo_unbind_nth(rig, 0, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, echo_unbind_nth(rig, 0, 1), 0);
	/* It is about to go; the others are not. */
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 1), 0);
	dmf_interfaces_unbind_all(rig->protocols[1]);
	KUNIT_EXPECT_EQ(test, atomic_read(&rig->unbinds), 4);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 1, 1), -ENODEV);
}

static void destroy_unbinds_before_the_module_closes(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);
	struct dmf_module *dynamic = echo_dynamic_create(test, rig, NULL);

	KUNIT_EXPECT_EQ(test, dmf_interface_bind(rig->protocols[0], dynamic, echo), 0);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
	rig->count = 0;
	dmf_module_destroy(dynamic);
	ECHO_EXPECT_NOTES(test, PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND, CLOSE_TRANSPORT);
	KUNIT_EXPECT_EQ(test, rig->answers[TRANSPORT_PRE_UNBIND], ANSWER + MODULES);
	/* The protocol's other binding is not concerned. */
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), -EEXIST);
}

static void destroy_unbinds_what_belongs_to_the_module(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);
	struct dmf_module *above = echo_dynamic_create(test, rig, NULL);
	struct dmf_module *below = echo_dynamic_create(test, rig, above);

	KUNIT_EXPECT_EQ(test, dmf_interface_bind(rig->protocols[0], below, echo), 0);
	rig->count = 0;
	dmf_module_destroy(above);
	ECHO_EXPECT_NOTES(test, PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND, CLOSE_TRANSPORT,
			  CLOSE_TRANSPORT);
}

/* -- Callbacks that unbind ---------------------------------------------------------------- */

static void callback_cannot_unbind_its_own_binding(struct kunit *test)
{
	static const enum note callbacks[] = {
		BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND,
		PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND,
	};
	struct echo_rig *rig = echo_probe(test);
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
	struct echo_rig *rig = echo_probe(test);

	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 1, 1), 0);
	rig->trick = TRICK_UNBIND_OTHER;
	rig->trick_at = BIND;
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, rig->results[0], 0);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), -EEXIST);
	KUNIT_EXPECT_EQ(test, echo_unbind_nth(rig, 1, 1), -ENOENT);
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
	KUNIT_CASE(destroy_unbinds_before_the_module_closes),
	KUNIT_CASE(destroy_unbinds_what_belongs_to_the_module),
	KUNIT_CASE(callback_cannot_unbind_its_own_binding),
	KUNIT_CASE(callback_may_unbind_another_binding),
	{ }
};

static struct kunit_suite interface_suite = {
	.name = "dmf_interface",
	.init = echo_rig_init,
	.test_cases = interface_cases,
};

kunit_test_suite(interface_suite);
