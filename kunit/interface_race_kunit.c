// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of interfaces: the races between binding, use, unbinding and the end of a
 * Module.
 */

#include "../dmf/internal.h"
#include "interface_fixture.h"

/* Long enough for another thread to be where it waits. */
static void let_wait(void)
{
	schedule_timeout_uninterruptible(HZ / 20);
}

static int thread_bind(void *data)
{
	struct echo_rig *rig = data;

	rig->results[0] = echo_bind_nth(rig, 0, 0);
	complete(&rig->done[0]);
	return 0;
}

static int thread_unbind(void *data)
{
	struct echo_rig *rig = data;

	rig->results[1] = echo_unbind_nth(rig, 0, 0);
	complete(&rig->done[1]);
	return 0;
}

static int thread_unbind_all(void *data)
{
	struct echo_rig *rig = data;

	dmf_interfaces_unbind_all(rig->transports[0]);
	complete(&rig->done[2]);
	return 0;
}

static int thread_dereference(void *data)
{
	struct echo_rig *rig = data;
	struct dmf_interface *interface = &rig->echo->interface;

	while (!dmf_gate_is_closed(&interface->gate))
		schedule_timeout_uninterruptible(1);
	let_wait();
	rig->results[3] = dmf_interface_reference(interface);
	rig->count = 0;
	dmf_interface_dereference(interface);
	complete(&rig->done[3]);
	return 0;
}

static void blocks_at(struct echo_rig *rig, enum note what)
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
	struct echo_rig *rig = echo_probe(test);

	KUNIT_ASSERT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
	KUNIT_ASSERT_EQ(test, dmf_interface_reference(&rig->echo->interface), 0);
	dmf_kunit_run(test, thread_dereference, rig);
	KUNIT_EXPECT_EQ(test, echo_unbind_nth(rig, 0, 0), 0);
	wait_until(test, &rig->done[3]);
	/* New ones are refused meanwhile; unbind() after the last is back. */
	KUNIT_EXPECT_EQ(test, rig->results[3], -ENODEV);
	ECHO_EXPECT_NOTES(test, UNBIND);
}

static void unbind_waits_for_bind(struct kunit *test)
{
	static const enum note steps[] = { BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND };
	struct echo_rig *rig = echo_probe(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		rig->count = 0;
		blocks_at(rig, steps[i]);
		dmf_kunit_run(test, thread_bind, rig);
		wait_until(test, &rig->blocked);
		KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), -EEXIST);
		dmf_kunit_run(test, thread_unbind, rig);
		let_wait();
		KUNIT_EXPECT_EQ(test, rig->count, i + 1);
		complete(&rig->go);
		wait_until(test, &rig->done[0]);
		wait_until(test, &rig->done[1]);
		KUNIT_EXPECT_EQ(test, rig->results[0], 0);
		KUNIT_EXPECT_EQ(test, rig->results[1], 0);
		ECHO_EXPECT_NOTES(test, BIND, TRANSPORT_POST_BIND, PROTOCOL_POST_BIND,
				  PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND);
	}
}

static void unbind_of_a_bind_that_fails_finds_nothing(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);

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
	ECHO_EXPECT_NOTES(test, BIND);
}

static void end_of_a_module_waits_for_bind(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);

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
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), -ENODEV);
}

static void end_of_a_module_waits_for_unbind(struct kunit *test)
{
	static const enum note steps[] = { PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND };
	struct echo_rig *rig;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		rig = echo_probe(test);
		KUNIT_ASSERT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
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
		ECHO_EXPECT_NOTES(test, PROTOCOL_PRE_UNBIND, TRANSPORT_PRE_UNBIND, UNBIND);
	}
}

static void loser_of_two_unbinds_returns_when_it_is_done(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);

	KUNIT_ASSERT_EQ(test, echo_bind_nth(rig, 0, 0), 0);
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
	struct echo_rig *rig = data;
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
	struct echo_rig *rig = data;

	while (!READ_ONCE(rig->stop)) {
		echo_bind_nth(rig, 0, 0);
		echo_unbind_nth(rig, 0, 0);
		cond_resched();
	}
	complete(&rig->done[1]);
	return 0;
}

/* Users, two who bind and unbind, and power; then the device goes. */
static void all_race_with_all(struct kunit *test)
{
	struct echo_rig *rig = echo_probe(test);
	unsigned long end = jiffies + HZ;
	unsigned int downs = 0;

	dmf_kunit_run(test, thread_use, rig);
	dmf_kunit_run(test, thread_use, rig);
	dmf_kunit_run(test, thread_bind_and_unbind, rig);
	dmf_kunit_run(test, thread_bind_and_unbind, rig);
	while (time_before(jiffies, end) || !atomic_read(&rig->asked) ||
	       atomic_read(&rig->binds) < 2) {
		KUNIT_EXPECT_EQ(test, dmf_device_power_down(rig->ddev, DMF_POWER_IDLE), 0);
		KUNIT_EXPECT_EQ(test, dmf_device_power_up(rig->ddev), 0);
		downs++;
		schedule_timeout_uninterruptible(1);
		if (time_after(jiffies, end + DMF_KUNIT_TIMEOUT))
			break;
	}
	dmf_interfaces_unbind_all(rig->protocols[0]);
	KUNIT_EXPECT_EQ(test, echo_bind_nth(rig, 0, 0), -ENODEV);
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

static struct kunit_case interface_race_cases[] = {
	KUNIT_CASE(unbind_waits_for_the_last_reference),
	KUNIT_CASE(unbind_waits_for_bind),
	KUNIT_CASE(unbind_of_a_bind_that_fails_finds_nothing),
	KUNIT_CASE(end_of_a_module_waits_for_bind),
	KUNIT_CASE(end_of_a_module_waits_for_unbind),
	KUNIT_CASE(loser_of_two_unbinds_returns_when_it_is_done),
	KUNIT_CASE(all_race_with_all),
	{ }
};

static struct kunit_suite interface_race_suite = {
	.name = "dmf_interface_race",
	.init = echo_rig_init,
	.test_cases = interface_race_cases,
};

kunit_test_suite(interface_race_suite);
