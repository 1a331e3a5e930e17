// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scripted Modules: they do nothing but log who was called for what, and fail at
 * the step that the script names.
 */
#include "fake_module.h"

const char * const fake_names[] = {
	[FAKE_NOTHING]		= "nothing",
	[FAKE_CREATE]		= "create",
	[FAKE_DESTROY]		= "destroy",
	[FAKE_REGISTER]		= "register",
	[FAKE_UNREGISTER]	= "unregister",
	[FAKE_ASSIGN]		= "resources_assign",
	[FAKE_OPEN]		= "open",
	[FAKE_PRE_CLOSE]	= "pre_close",
	[FAKE_CLOSE]		= "close",
	[FAKE_PREPARE_HARDWARE]	= "prepare_hardware",
	[FAKE_RELEASE_HARDWARE]	= "release_hardware",
	[FAKE_D0_ENTRY]		= "d0_entry",
	[FAKE_D0_EXIT]		= "d0_exit",
	[FAKE_POST_INTERRUPTS]	= "post_interrupts",
	[FAKE_PRE_INTERRUPTS]	= "pre_interrupts",
	[FAKE_ARM_S0]		= "arm_s0",
	[FAKE_DISARM_S0]	= "disarm_s0",
	[FAKE_WOKE_S0]		= "woke_s0",
	[FAKE_ARM_SX]		= "arm_sx",
	[FAKE_DISARM_SX]	= "disarm_sx",
	[FAKE_WOKE_SX]		= "woke_sx",
	[FAKE_INIT]		= "init",
	[FAKE_RESTART]		= "restart",
	[FAKE_SUSPEND]		= "suspend",
	[FAKE_FLUSH]		= "flush",
	[FAKE_CLEANUP]		= "cleanup",
	[FAKE_SURPRISE]		= "surprise",
	[FAKE_QUERY_REMOVE]	= "query_remove",
	[FAKE_QUERY_STOP]	= "query_stop",
	[FAKE_RELATIONS]	= "relations",
};

void fake_note(struct fake_script *script, const char *who, enum fake_what what, int option)
{
	if (script->count < FAKE_LOG_MAX)
		script->log[script->count++] = (struct fake_call){ who, what, option };
}

int fake_step(struct fake_script *script, const char *who, enum fake_what what, int option)
{
	fake_note(script, who, what, option);
	if (++script->fallible != script->fail_at)
		return 0;

	script->log[script->count - 1].failed = true;
	script->fail_at = script->fail_again ? script->fallible + script->fail_again : 0;
	script->fail_again = 0;
	return script->error;
}

int fake_power_step(struct fake_script *script, const char *who, enum fake_what what, int option,
		    enum dmf_power power)
{
	int ret = fake_step(script, who, what, option);

	script->log[script->count - 1].power = power;
	return ret;
}

void fake_rewind(struct fake_script *script, unsigned int fail_at)
{
	script->count = 0;
	script->fallible = 0;
	script->fail_at = fail_at;
	script->fail_again = 0;
	script->error = -EIO;
}

static int step(struct dmf_module *module, enum fake_what what)
{
	const struct fake_module_config *config = dmf_module_config(module);

	return fake_step(config->script, config->name, what, config->option);
}

static int power_step(struct dmf_module *module, enum fake_what what, enum dmf_power power)
{
	const struct fake_module_config *config = dmf_module_config(module);

	return fake_power_step(config->script, config->name, what, config->option, power);
}

static void note(struct dmf_module *module, enum fake_what what)
{
	const struct fake_module_config *config = dmf_module_config(module);

	fake_note(config->script, config->name, what, config->option);
}

static int fake_op_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	const struct fake_module_config *config = dmf_module_config(module);
	unsigned int i, created = config->script->count;
	int ret;

	ret = step(module, FAKE_CREATE);
	for (i = 0; i < config->child_count && !ret; i++)
		ret = fake_module_add(init, &config->children[i]);
	/* Half a Module was not created: it is not destroyed either. */
	if (ret)
		config->script->log[created].failed = true;
	return ret;
}

static void fake_op_destroy(struct dmf_module *module)
{
	note(module, FAKE_DESTROY);
}

static int fake_op_register(struct dmf_module *module)
{
	const struct fake_module_config *config = dmf_module_config(module);
	unsigned int registered = config->script->count;
	int ret;

	ret = step(module, FAKE_REGISTER);
	if (!ret)
		ret = dmf_module_open(module);
	if (ret)
		config->script->log[registered].failed = true;
	return ret;
}

static void fake_op_unregister(struct dmf_module *module)
{
	dmf_module_close(module);
	note(module, FAKE_UNREGISTER);
}

static int fake_op_assign(struct dmf_module *module)
{
	return step(module, FAKE_ASSIGN);
}

static int fake_op_open(struct dmf_module *module)
{
	return step(module, FAKE_OPEN);
}

static void fake_op_pre_close(struct dmf_module *module)
{
	note(module, FAKE_PRE_CLOSE);
}

static void fake_op_close(struct dmf_module *module)
{
	note(module, FAKE_CLOSE);
}

static int fake_op_prepare_hardware(struct dmf_module *module)
{
	return step(module, FAKE_PREPARE_HARDWARE);
}

static void fake_op_release_hardware(struct dmf_module *module)
{
	note(module, FAKE_RELEASE_HARDWARE);
}

static int fake_op_d0_entry(struct dmf_module *module, enum dmf_power previous)
{
	return power_step(module, FAKE_D0_ENTRY, previous);
}

static int fake_op_d0_exit(struct dmf_module *module, enum dmf_power target)
{
	return power_step(module, FAKE_D0_EXIT, target);
}

static int fake_op_post_interrupts(struct dmf_module *module, enum dmf_power previous)
{
	return power_step(module, FAKE_POST_INTERRUPTS, previous);
}

static int fake_op_pre_interrupts(struct dmf_module *module, enum dmf_power target)
{
	return power_step(module, FAKE_PRE_INTERRUPTS, target);
}

static int fake_op_arm_s0(struct dmf_module *module)
{
	return step(module, FAKE_ARM_S0);
}

static void fake_op_disarm_s0(struct dmf_module *module)
{
	note(module, FAKE_DISARM_S0);
}

static void fake_op_woke_s0(struct dmf_module *module)
{
	note(module, FAKE_WOKE_S0);
}

static int fake_op_arm_sx(struct dmf_module *module, bool device_wake_enabled,
			  bool children_armed_for_wake)
{
	/* The fakes have no children, and are asked only if user space agrees. */
	if (!device_wake_enabled || children_armed_for_wake)
		return -EINVAL;
	return step(module, FAKE_ARM_SX);
}

static void fake_op_disarm_sx(struct dmf_module *module)
{
	note(module, FAKE_DISARM_SX);
}

static void fake_op_woke_sx(struct dmf_module *module)
{
	note(module, FAKE_WOKE_SX);
}

static int fake_op_init(struct dmf_module *module)
{
	return step(module, FAKE_INIT);
}

static int fake_op_restart(struct dmf_module *module)
{
	return step(module, FAKE_RESTART);
}

static int fake_op_suspend(struct dmf_module *module)
{
	return step(module, FAKE_SUSPEND);
}

static void fake_op_flush(struct dmf_module *module)
{
	note(module, FAKE_FLUSH);
}

static void fake_op_cleanup(struct dmf_module *module)
{
	note(module, FAKE_CLEANUP);
}

static void fake_op_surprise(struct dmf_module *module)
{
	note(module, FAKE_SURPRISE);
}

static int fake_op_query_remove(struct dmf_module *module)
{
	return step(module, FAKE_QUERY_REMOVE);
}

static int fake_op_query_stop(struct dmf_module *module)
{
	return step(module, FAKE_QUERY_STOP);
}

static void fake_op_relations(struct dmf_module *module, enum dmf_relation relation)
{
	note(module, FAKE_RELATIONS);
}

static const struct dmf_module_ops fake_ops = {
	.child_modules_add			= fake_op_child_modules_add,
	.destroy				= fake_op_destroy,
	.notification_register			= fake_op_register,
	.notification_unregister		= fake_op_unregister,
	.resources_assign			= fake_op_assign,
	.open					= fake_op_open,
	.pre_close				= fake_op_pre_close,
	.close					= fake_op_close,
	.prepare_hardware			= fake_op_prepare_hardware,
	.release_hardware			= fake_op_release_hardware,
	.d0_entry				= fake_op_d0_entry,
	.d0_exit				= fake_op_d0_exit,
	.d0_entry_post_interrupts_enabled	= fake_op_post_interrupts,
	.d0_exit_pre_interrupts_disabled	= fake_op_pre_interrupts,
	.arm_wake_from_s0			= fake_op_arm_s0,
	.disarm_wake_from_s0			= fake_op_disarm_s0,
	.wake_from_s0_triggered			= fake_op_woke_s0,
	.arm_wake_from_sx_with_reason		= fake_op_arm_sx,
	.disarm_wake_from_sx			= fake_op_disarm_sx,
	.wake_from_sx_triggered			= fake_op_woke_sx,
	.self_managed_io_init			= fake_op_init,
	.self_managed_io_restart		= fake_op_restart,
	.self_managed_io_suspend		= fake_op_suspend,
	.self_managed_io_flush			= fake_op_flush,
	.self_managed_io_cleanup		= fake_op_cleanup,
	.surprise_removal			= fake_op_surprise,
	.query_remove				= fake_op_query_remove,
	.query_stop				= fake_op_query_stop,
	.relations_query			= fake_op_relations,
};

#define FAKE_DESC(_option)						\
	{								\
		.name = "fake",						\
		.size = sizeof(struct dmf_module),			\
		.config_size = sizeof(struct fake_module_config),	\
		.open_option = _option,					\
		.ops = &fake_ops,					\
	}

static const struct dmf_module_desc fake_descs[] = {
	[DMF_OPEN_CREATE]			= FAKE_DESC(DMF_OPEN_CREATE),
	[DMF_OPEN_PREPARE_HARDWARE]		= FAKE_DESC(DMF_OPEN_PREPARE_HARDWARE),
	[DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP]	= FAKE_DESC(DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP),
	[DMF_OPEN_D0_ENTRY]			= FAKE_DESC(DMF_OPEN_D0_ENTRY),
	[DMF_NOTIFY_CREATE]			= FAKE_DESC(DMF_NOTIFY_CREATE),
	[DMF_NOTIFY_PREPARE_HARDWARE]		= FAKE_DESC(DMF_NOTIFY_PREPARE_HARDWARE),
	[DMF_NOTIFY_D0_ENTRY]			= FAKE_DESC(DMF_NOTIFY_D0_ENTRY),
};

static struct dmf_module_keys fake_keys;

int fake_module_add(struct dmf_module_init *init, const struct fake_module_config *config)
{
	const struct dmf_module_attributes attributes = { .instance_name = config->name };

	return __dmf_module_add(init, &fake_descs[config->option], &fake_keys, config, &attributes,
				NULL);
}
