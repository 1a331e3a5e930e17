// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of the lifecycle share: a Client with a tree of scripted Modules
 * of all open options, and the calculation of what must be called from what was.
 */
#include "../dmf/internal.h"
#include "lifecycle_fixture.h"

/* Calls are compared by the address of who was called. */
static const char lifecycle_client_name[] = "client";

static struct fake_module_config deep = { .name = "deep", .option = DMF_OPEN_CREATE };
static struct fake_module_config below = { .name = "below", .option = DMF_OPEN_CREATE };

static struct fake_module_config second_children[] = {
	{ .name = "left", .option = DMF_OPEN_PREPARE_HARDWARE, .children = &deep,
	  .child_count = 1 },
	{ .name = "right", .option = DMF_OPEN_D0_ENTRY },
};

static struct fake_module_config fifth_children[] = {
	{ .name = "lower", .option = DMF_NOTIFY_PREPARE_HARDWARE },
	{ .name = "mild", .option = DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP },
};

static struct fake_module_config top[] = {
	{ .name = "first", .option = DMF_OPEN_CREATE, .children = &below, .child_count = 1 },
	{ .name = "second", .option = DMF_OPEN_D0_ENTRY, .children = second_children,
	  .child_count = ARRAY_SIZE(second_children) },
	{ .name = "third", .option = DMF_OPEN_PREPARE_HARDWARE },
	{ .name = "fourth", .option = DMF_NOTIFY_CREATE },
	{ .name = "fifth", .option = DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP,
	  .children = fifth_children, .child_count = ARRAY_SIZE(fifth_children) },
	{ .name = "sixth", .option = DMF_NOTIFY_D0_ENTRY },
};

struct fake_script *lifecycle_script(const struct dmf_device *ddev)
{
	struct lifecycle *life = dmf_kunit_priv(ddev);

	return &life->script;
}

static int client_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct fake_script *script = lifecycle_script(ddev);
	int i, ret = 0;

	deep.script = script;
	below.script = script;
	for (i = 0; i < ARRAY_SIZE(second_children); i++)
		second_children[i].script = script;
	for (i = 0; i < ARRAY_SIZE(fifth_children); i++)
		fifth_children[i].script = script;
	for (i = 0; i < ARRAY_SIZE(top) && !ret; i++) {
		top[i].script = script;
		ret = fake_module_add(init, &top[i]);
	}
	return ret;
}

static int client_step(struct dmf_device *ddev, enum fake_what what)
{
	return fake_step(lifecycle_script(ddev), lifecycle_client_name, what, -1);
}

static int client_power_step(struct dmf_device *ddev, enum fake_what what, enum dmf_power power)
{
	return fake_power_step(lifecycle_script(ddev), lifecycle_client_name, what, -1, power);
}

static void client_note(struct dmf_device *ddev, enum fake_what what)
{
	fake_note(lifecycle_script(ddev), lifecycle_client_name, what, -1);
}

static int client_prepare_hardware(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_PREPARE_HARDWARE);
}

static int client_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	return client_power_step(ddev, FAKE_D0_ENTRY, previous);
}

static int client_d0_exit(struct dmf_device *ddev, enum dmf_power target)
{
	return client_power_step(ddev, FAKE_D0_EXIT, target);
}

static int client_post_interrupts(struct dmf_device *ddev, enum dmf_power previous)
{
	return client_power_step(ddev, FAKE_POST_INTERRUPTS, previous);
}

static int client_pre_interrupts(struct dmf_device *ddev, enum dmf_power target)
{
	return client_power_step(ddev, FAKE_PRE_INTERRUPTS, target);
}

static int client_init(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_INIT);
}

static int client_restart(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_RESTART);
}

static int client_suspend(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_SUSPEND);
}

static void client_release_hardware(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_RELEASE_HARDWARE);
}

static void client_flush(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_FLUSH);
}

static void client_cleanup(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_CLEANUP);
}

static void client_surprise(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_SURPRISE);
}

static int client_arm_s0(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_ARM_S0);
}

static void client_disarm_s0(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_DISARM_S0);
}

static void client_woke_s0(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_WOKE_S0);
}

static int client_arm_sx(struct dmf_device *ddev, bool device_wake_enabled,
			 bool children_armed_for_wake)
{
	return client_step(ddev, FAKE_ARM_SX);
}

static void client_disarm_sx(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_DISARM_SX);
}

static void client_woke_sx(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_WOKE_SX);
}

static int client_query_remove(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_QUERY_REMOVE);
}

static int client_query_stop(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_QUERY_STOP);
}

static void client_relations(struct dmf_device *ddev, enum dmf_relation relation)
{
	client_note(ddev, FAKE_RELATIONS);
}

const struct dmf_client_ops lifecycle_client_ops = {
	.modules_add				= client_modules_add,
	.prepare_hardware			= client_prepare_hardware,
	.release_hardware			= client_release_hardware,
	.d0_entry				= client_d0_entry,
	.d0_exit				= client_d0_exit,
	.d0_entry_post_interrupts_enabled	= client_post_interrupts,
	.d0_exit_pre_interrupts_disabled	= client_pre_interrupts,
	.arm_wake_from_s0			= client_arm_s0,
	.disarm_wake_from_s0			= client_disarm_s0,
	.wake_from_s0_triggered			= client_woke_s0,
	.arm_wake_from_sx_with_reason		= client_arm_sx,
	.disarm_wake_from_sx			= client_disarm_sx,
	.wake_from_sx_triggered			= client_woke_sx,
	.self_managed_io_init			= client_init,
	.self_managed_io_restart		= client_restart,
	.self_managed_io_suspend		= client_suspend,
	.self_managed_io_flush			= client_flush,
	.self_managed_io_cleanup		= client_cleanup,
	.surprise_removal			= client_surprise,
	.query_remove				= client_query_remove,
	.query_stop				= client_query_stop,
	.relations_query			= client_relations,
};

int lifecycle_init(struct kunit *test)
{
	struct lifecycle *life = kunit_kzalloc(test, sizeof(*life), GFP_KERNEL);

	if (!life)
		return -ENOMEM;
	fake_rewind(&life->script, 0);
	test->priv = life;
	return 0;
}

struct dmf_device *lifecycle_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &lifecycle_client_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

/* -- Expectations ------------------------------------------------------------- */

void lifecycle_expect(struct lifecycle *life, const struct fake_call *call, enum fake_what what)
{
	if (what && life->expected_count < FAKE_LOG_MAX)
		life->expected[life->expected_count++] = (struct fake_call){
			call->who, what, call->option };
}

void lifecycle_expect_log(struct lifecycle *life, unsigned int count)
{
	unsigned int i;

	life->expected_count = 0;
	for (i = 0; i < count; i++)
		lifecycle_expect(life, &life->script.log[i], life->script.log[i].what);
}

static const struct {
	enum fake_what up;
	enum fake_what down;
} counterparts[] = {
	{ FAKE_CREATE, FAKE_DESTROY },
	{ FAKE_REGISTER, FAKE_UNREGISTER },
	{ FAKE_OPEN, FAKE_CLOSE },
	{ FAKE_PREPARE_HARDWARE, FAKE_RELEASE_HARDWARE },
	{ FAKE_D0_ENTRY, FAKE_D0_EXIT },
	{ FAKE_POST_INTERRUPTS, FAKE_PRE_INTERRUPTS },
	{ FAKE_INIT, FAKE_SUSPEND },
	{ FAKE_RESTART, FAKE_SUSPEND },
};

static enum fake_what down_of(enum fake_what up)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(counterparts); i++) {
		if (counterparts[i].up == up)
			return counterparts[i].down;
	}
	return FAKE_NOTHING;
}

void lifecycle_expect_down(struct lifecycle *life, const struct fake_call *call)
{
	lifecycle_expect(life, call, down_of(call->what));
}

/* Coming up again is a restart, not an init; pre_close has no counterpart. */
static enum fake_what up_of(enum fake_what down)
{
	int i;

	if (down == FAKE_ARM_S0)
		return FAKE_DISARM_S0;
	if (down == FAKE_ARM_SX)
		return FAKE_DISARM_SX;

	for (i = ARRAY_SIZE(counterparts) - 1; i >= 0; i--) {
		if (counterparts[i].down == down)
			return counterparts[i].up;
	}
	return FAKE_NOTHING;
}

/* Those whose init has succeeded are flushed, then cleaned up, the latest first. */
static void expect_io_end(struct lifecycle *life, unsigned int count)
{
	struct fake_call *log = life->script.log;
	unsigned int i;

	for (i = count; i--;) {
		if (log[i].what == FAKE_INIT)
			lifecycle_expect(life, &log[i], FAKE_FLUSH);
	}
	for (i = count; i--;) {
		if (log[i].what == FAKE_INIT)
			lifecycle_expect(life, &log[i], FAKE_CLEANUP);
	}
}

static bool is_before_hardware(const struct fake_call *call)
{
	bool at_creation = call->option == DMF_OPEN_CREATE || call->option == DMF_NOTIFY_CREATE;

	return call->what == FAKE_CREATE ||
	       ((call->what == FAKE_OPEN || call->what == FAKE_REGISTER) && at_creation);
}

void lifecycle_expect_undone(struct lifecycle *life, unsigned int count)
{
	bool io_ended = false;
	unsigned int i;

	for (i = count; i--;) {
		struct fake_call *call = &life->script.log[i];

		if (call->failed)
			continue;
		/* Self-managed I/O ends between the hardware and what opened before it. */
		if (!io_ended && is_before_hardware(call)) {
			expect_io_end(life, count);
			io_ended = true;
		}
		if (call->what == FAKE_OPEN)
			lifecycle_expect(life, call, FAKE_PRE_CLOSE);
		lifecycle_expect(life, call, down_of(call->what));
	}
}

void lifecycle_expect_up_again(struct lifecycle *life, unsigned int count)
{
	struct fake_call *log = life->script.log;

	while (count--)
		lifecycle_expect(life, &log[count], up_of(log[count].what));
}

unsigned int lifecycle_failed_call(struct lifecycle *life)
{
	unsigned int i = life->script.count;

	while (i-- && !life->script.log[i].failed)
		;
	return i;
}

void lifecycle_check(struct kunit *test, const char *when, unsigned int step)
{
	struct lifecycle *life = test->priv;
	struct fake_call *got = life->script.log, *want = life->expected;
	unsigned int i, count = min(life->script.count, life->expected_count);

	KUNIT_EXPECT_EQ_MSG(test, life->script.count, life->expected_count, "%s, step %u", when,
			    step);
	for (i = 0; i < count; i++) {
		if (got[i].who != want[i].who || got[i].what != want[i].what) {
			KUNIT_FAIL(test, "%s, step %u: call %u is %s.%s, not %s.%s", when, step, i,
				   got[i].who, fake_names[got[i].what], want[i].who,
				   fake_names[want[i].what]);
			return;
		}
	}
}

/* Each call that takes down follows one that brought up; nothing is undone twice. */
static void check_no_down_alone(struct kunit *test, struct fake_script *script, unsigned int step)
{
	unsigned int i, j;

	for (i = 0; i < script->count; i++) {
		struct fake_call *down = &script->log[i], *last = NULL;

		if (!up_of(down->what) || down->what == FAKE_ARM_S0 || down->what == FAKE_ARM_SX)
			continue;
		for (j = 0; j < i; j++) {
			struct fake_call *call = &script->log[j];

			if (call->who == down->who && !call->failed &&
			    (call->what == down->what || down_of(call->what) == down->what))
				last = call;
		}
		KUNIT_EXPECT_TRUE_MSG(test, last && last->what != down->what,
				      "step %u: %s.%s undoes nothing", step, down->who,
				      fake_names[down->what]);
	}
}

void lifecycle_check_balanced(struct kunit *test, unsigned int step)
{
	struct fake_script *script = &((struct lifecycle *)test->priv)->script;
	unsigned int i, j, k;

	check_no_down_alone(test, script, step);

	for (i = 0; i < script->count; i++) {
		struct fake_call *up = &script->log[i];
		enum fake_what down = up->failed ? FAKE_NOTHING : down_of(up->what);

		if (!down)
			continue;
		for (j = i + 1; j < script->count; j++) {
			struct fake_call *next = &script->log[j];

			k = next->who == up->who && next->what == up->what;
			KUNIT_EXPECT_FALSE_MSG(test, k, "step %u: %s.%s again", step, up->who,
					       fake_names[up->what]);
			if (k || (next->who == up->who && next->what == down))
				break;
		}
		KUNIT_EXPECT_LT_MSG(test, j, script->count, "step %u: %s.%s is never undone", step,
				    up->who, fake_names[up->what]);
	}
}

void lifecycle_check_begins(struct kunit *test, const char * const *want, unsigned int count)
{
	struct lifecycle *life = test->priv;
	char call[64];
	unsigned int i;

	KUNIT_ASSERT_GE(test, life->script.count, count);
	for (i = 0; i < count; i++) {
		snprintf(call, sizeof(call), "%s.%s", life->script.log[i].who,
			 fake_names[life->script.log[i].what]);
		KUNIT_EXPECT_STREQ(test, call, want[i]);
	}
}
