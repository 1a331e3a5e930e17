// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of transports: one protocol, registers, over a memory and over a wire
 * that only records, as the Client decides; and what is refused.
 */
#include <linux/dmf/module.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define REGISTERS	8
#define NOTES_MAX	32

/* -- The transport interface that the protocol defines -- */

static const guid_t registers_guid =
	GUID_INIT(0x6f2c1a54, 0x9d0e, 0x4c8b, 0x8a, 0x51, 0x3e, 0x7d, 0x20, 0xb6, 0xc4, 0x19);
static const guid_t other_guid =
	GUID_INIT(0x6f2c1a54, 0x9d0e, 0x4c8b, 0x8a, 0x51, 0x3e, 0x7d, 0x20, 0xb6, 0xc4, 0x1a);

enum registers_message {
	REGISTERS_READ,		/* input: u32 address; output: u32 value */
	REGISTERS_WRITE,	/* input: struct registers_write */
};

struct registers_write {
	u32 address;
	u32 value;
};

/* What happened, in order. */
enum note {
	OPEN_CHILD,
	OPEN_TRANSPORT,
	OPEN_REGISTERS,
	CLOSE_REGISTERS,
	CLOSE_TRANSPORT,
	CLOSE_CHILD,
	DESTROY_REGISTERS,
};

struct kind;

struct rig {
	/* What the Client does */
	struct dmf_module_attributes attributes;
	struct kind *protocol;			/* NULL for registers_kind */
	struct kind *transports[3];		/* that it adds, up to NULL */
	struct kind *second;			/* transport of a second instance */
	int add_error;

	struct dmf_module *registers;
	struct dmf_module *others;
	struct dmf_module *transport;
	enum note notes[NOTES_MAX];
	unsigned int count;
	struct registers_write wire[NOTES_MAX];		/* what a recorder was told */
	unsigned int wire_count;
	int error;					/* what a recorder answers */

	struct completion entered, leave;		/* of a recorder that blocks */
	bool block;
	bool left;
	int result;
};

static struct rig *rig_of(const struct dmf_module *module)
{
	return dmf_kunit_priv(dmf_parent_device_get(module));
}

static void note(const struct dmf_module *module, enum note what)
{
	struct rig *rig = rig_of(module);

	if (rig->count < NOTES_MAX)
		rig->notes[rig->count++] = what;
}

/* A kind of Module, as DMF_DEFINE_MODULE() has one. */
struct kind {
	struct dmf_module_desc desc;
	struct dmf_module_keys keys;
};

static int kind_add(struct dmf_module_init *init, struct kind *kind,
		    const struct dmf_module_attributes *attributes, struct dmf_module **handle)
{
	return __dmf_module_add(init, &kind->desc, &kind->keys, NULL, attributes, handle);
}

/* -- A plain child -- */

static int child_open(struct dmf_module *module)
{
	note(module, OPEN_CHILD);
	return 0;
}

static void child_close(struct dmf_module *module)
{
	note(module, CLOSE_CHILD);
}

static const struct dmf_module_ops child_ops = { .open = child_open, .close = child_close };

static struct kind child_kind = { .desc = {
	.name		= "child",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &child_ops,
} };

/* -- The protocol -- */

static int registers_read(struct dmf_module *module, u32 address, u32 *value)
{
	return dmf_module_transport_call(module, REGISTERS_READ, &address, sizeof(address),
					 value, sizeof(*value));
}

static int registers_write(struct dmf_module *module, u32 address, u32 value)
{
	const struct registers_write write = { address, value };

	return dmf_module_transport_call(module, REGISTERS_WRITE, &write, sizeof(write), NULL, 0);
}

static int registers_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	return kind_add(init, &child_kind, NULL, NULL);
}

/* Uses its transport at once: it is open. */
static int registers_open(struct dmf_module *module)
{
	note(module, OPEN_REGISTERS);
	return registers_write(module, 0, 1);
}

static void registers_close(struct dmf_module *module)
{
	note(module, CLOSE_REGISTERS);
}

static void registers_destroy(struct dmf_module *module)
{
	note(module, DESTROY_REGISTERS);
}

static const struct dmf_module_ops registers_ops = {
	.child_modules_add	= registers_child_modules_add,
	.open			= registers_open,
	.close			= registers_close,
	.destroy		= registers_destroy,
};

static struct kind registers_kind = { .desc = {
	.name		= "registers",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &registers_ops,
	.required_transport_interface_guid = &registers_guid,
} };

/* -- A transport that keeps the registers in memory -- */

struct memory {
	struct dmf_module module;
	u32 registers[REGISTERS];
};

static int memory_transport_method(struct dmf_module *module, u32 message, const void *input,
				   size_t input_size, void *output, size_t output_size)
{
	struct memory *memory = container_of(module, struct memory, module);
	const struct registers_write *write = input;
	const u32 *address = input;

	if (input_size < sizeof(*address) || *address >= REGISTERS)
		return -EINVAL;
	if (message == REGISTERS_WRITE)
		memory->registers[write->address] = write->value;
	else
		*(u32 *)output = memory->registers[*address];
	return 0;
}

static int transport_open(struct dmf_module *module)
{
	note(module, OPEN_TRANSPORT);
	return 0;
}

static void transport_close(struct dmf_module *module)
{
	note(module, CLOSE_TRANSPORT);
}

static const struct dmf_module_ops transport_ops = {
	.open	= transport_open,
	.close	= transport_close,
};

#define TRANSPORT_KIND(_name, _size, _guid, _option, _method) { .desc = {		\
	.name		= _name,					\
	.size		= _size,					\
	.open_option	= _option,					\
	.ops		= &transport_ops,				\
	.supported_transport_interface_guid = _guid,			\
	.transport_method = _method,					\
} }

static struct kind memory_kind =
	TRANSPORT_KIND("memory", sizeof(struct memory), &registers_guid, DMF_OPEN_CREATE,
		       memory_transport_method);

/* -- One that records what it is told, and answers with the address -- */

static int wire_transport_method(struct dmf_module *module, u32 message, const void *input,
				 size_t input_size, void *output, size_t output_size)
{
	struct rig *rig = rig_of(module);

	if (message == REGISTERS_WRITE && rig->wire_count < NOTES_MAX)
		rig->wire[rig->wire_count++] = *(const struct registers_write *)input;
	if (message == REGISTERS_READ)
		*(u32 *)output = *(const u32 *)input;
	if (rig->block) {
		complete(&rig->entered);
		wait_for_completion(&rig->leave);
		rig->left = true;
	}
	return rig->error;
}

static struct kind wire_kind =
	TRANSPORT_KIND("wire", sizeof(struct dmf_module), &registers_guid, DMF_OPEN_CREATE,
		       wire_transport_method);

/* -- One that stands on another: adds 1 to each address -- */

static int offset_transport_method(struct dmf_module *module, u32 message, const void *input,
				   size_t input_size, void *output, size_t output_size)
{
	struct registers_write shifted = { };

	memcpy(&shifted, input, min(input_size, sizeof(shifted)));
	shifted.address++;
	return dmf_module_transport_call(module, message, &shifted, input_size, output,
					 output_size);
}

static struct kind offset_kind = { .desc = {
	.name		= "offset",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &transport_ops,
	.required_transport_interface_guid = &registers_guid,
	.supported_transport_interface_guid = &registers_guid,
	.transport_method = offset_transport_method,
} };

/* -- Those that will not do -- */

static struct kind stranger_kind =
	TRANSPORT_KIND("stranger", sizeof(struct dmf_module), &other_guid, DMF_OPEN_CREATE,
		       wire_transport_method);
static struct kind mute_kind =
	TRANSPORT_KIND("mute", sizeof(struct dmf_module), &registers_guid, DMF_OPEN_CREATE, NULL);
static struct kind late_kind =
	TRANSPORT_KIND("late", sizeof(struct dmf_module), &registers_guid, DMF_OPEN_D0_ENTRY,
		       wire_transport_method);

/* -- The Client -- */

static int client_wire_add(struct dmf_module *module, struct dmf_module_init *init)
{
	return kind_add(init, &wire_kind, NULL, NULL);
}

static int client_transport_add(struct dmf_module *module, struct dmf_module_init *init)
{
	static const struct dmf_module_attributes over_wire = {
		.transport_module_add = client_wire_add,
	};
	struct rig *rig = dmf_module_client_data(module);
	unsigned int i;
	int ret = 0;

	for (i = 0; rig->transports[i] && !ret; i++)
		ret = kind_add(init, rig->transports[i], &over_wire, &rig->transport);
	return ret ?: rig->add_error;
}

static int client_second_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct rig *rig = dmf_module_client_data(module);

	return kind_add(init, rig->second, NULL, NULL);
}

static int client_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct rig *rig = dmf_kunit_priv(ddev);
	const struct dmf_module_attributes second = {
		.client_data = rig,
		.transport_module_add = client_second_add,
	};
	int ret;

	ret = kind_add(init, rig->protocol ?: &registers_kind, &rig->attributes, &rig->registers);
	if (!ret && rig->second)
		ret = kind_add(init, &registers_kind, &second, &rig->others);
	return ret;
}

static const struct dmf_client_ops client_ops = { .modules_add = client_modules_add };

static struct dmf_device *rig_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &client_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

/* The probe fails, nothing was opened, and what was complete is destroyed. */
static void refused(struct kunit *test, int error, unsigned int destroyed)
{
	struct rig *rig = test->priv;
	unsigned int i;

	rig->count = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &client_ops)), error);
	KUNIT_EXPECT_NULL(test, rig->registers);
	KUNIT_EXPECT_EQ(test, rig->count, destroyed);
	for (i = 0; i < rig->count; i++)
		KUNIT_EXPECT_EQ(test, rig->notes[i], DESTROY_REGISTERS);
}

/* -- What works -------------------------------------------------------------------- */

static void protocol_works_over_a_memory(struct kunit *test)
{
	struct rig *rig = test->priv;
	u32 value = 0;

	rig_probe(test);
	KUNIT_EXPECT_EQ(test, registers_write(rig->registers, 3, 33), 0);
	KUNIT_EXPECT_EQ(test, registers_read(rig->registers, 3, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 33);
	KUNIT_EXPECT_EQ(test, registers_read(rig->registers, 0, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 1);
}

static void same_protocol_works_over_a_wire(struct kunit *test)
{
	struct rig *rig = test->priv;
	u32 value = 0;

	rig->transports[0] = &wire_kind;
	rig_probe(test);
	KUNIT_EXPECT_EQ(test, registers_write(rig->registers, 3, 33), 0);
	KUNIT_EXPECT_EQ(test, registers_read(rig->registers, 5, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 5);
	KUNIT_ASSERT_EQ(test, rig->wire_count, 2);
	KUNIT_EXPECT_EQ(test, rig->wire[0].value, 1);
	KUNIT_EXPECT_EQ(test, rig->wire[1].address, 3);
	KUNIT_EXPECT_EQ(test, rig->wire[1].value, 33);
}

static void each_instance_has_its_own_transport(struct kunit *test)
{
	struct rig *rig = test->priv;
	u32 value = 0;

	rig->second = &wire_kind;
	rig_probe(test);
	KUNIT_EXPECT_EQ(test, registers_write(rig->registers, 2, 22), 0);
	KUNIT_EXPECT_EQ(test, registers_write(rig->others, 2, 44), 0);
	KUNIT_EXPECT_EQ(test, registers_read(rig->registers, 2, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 22);
	KUNIT_ASSERT_EQ(test, rig->wire_count, 2);
	KUNIT_EXPECT_EQ(test, rig->wire[1].value, 44);
}

static void transport_may_have_a_transport(struct kunit *test)
{
	struct rig *rig = test->priv;
	u32 value = 0;

	rig->transports[0] = &offset_kind;
	rig_probe(test);
	KUNIT_EXPECT_EQ(test, registers_read(rig->registers, 5, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 6);
	KUNIT_EXPECT_PTR_EQ(test, dmf_parent_module_get(dmf_module_transport_get(rig->transport)),
			    rig->transport);
}

static void transport_is_a_child(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig_probe(test);
	KUNIT_EXPECT_PTR_EQ(test, dmf_module_transport_get(rig->registers), rig->transport);
	KUNIT_EXPECT_PTR_EQ(test, dmf_parent_module_get(rig->transport), rig->registers);
	KUNIT_EXPECT_TRUE(test, rig->transport->is_transport);
	KUNIT_EXPECT_FALSE(test, rig->registers->is_transport);
	KUNIT_EXPECT_NULL(test, dmf_module_transport_get(rig->transport));
}

static void transport_opens_between_children_and_parent(struct kunit *test)
{
	static const enum note expected[] = {
		OPEN_CHILD, OPEN_TRANSPORT, OPEN_REGISTERS,
		CLOSE_REGISTERS, CLOSE_TRANSPORT, CLOSE_CHILD, DESTROY_REGISTERS,
	};
	struct rig *rig = test->priv;
	unsigned int i;

	dmf_kunit_remove(test, rig_probe(test));
	KUNIT_ASSERT_EQ(test, rig->count, ARRAY_SIZE(expected));
	for (i = 0; i < ARRAY_SIZE(expected); i++)
		KUNIT_EXPECT_EQ_MSG(test, rig->notes[i], expected[i], "step %u", i);
}

static void dynamic_module_may_have_a_transport(struct kunit *test)
{
	struct rig *rig = test->priv;
	struct dmf_device *ddev = rig_probe(test);
	struct dmf_module *dynamic;
	u32 value = 0;

	KUNIT_ASSERT_EQ(test, __dmf_module_create(ddev, NULL, &registers_kind.desc,
						  &registers_kind.keys, NULL, &rig->attributes,
						  &dynamic), 0);
	KUNIT_EXPECT_EQ(test, registers_write(dynamic, 3, 33), 0);
	KUNIT_EXPECT_EQ(test, registers_read(dynamic, 3, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 33);
	KUNIT_EXPECT_TRUE(test, rig->transport->dynamic);
	dmf_module_destroy(dynamic);
	rig->transports[0] = &stranger_kind;
	KUNIT_EXPECT_EQ(test, __dmf_module_create(ddev, NULL, &registers_kind.desc,
						  &registers_kind.keys, NULL, &rig->attributes,
						  &dynamic), -EINVAL);
	KUNIT_EXPECT_NULL(test, dynamic);
}

/* One structure of attributes serves several Modules. */
static void transport_that_nobody_requires_is_not_added(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig->protocol = &child_kind;
	rig_probe(test);
	KUNIT_EXPECT_NULL(test, rig->transport);
	KUNIT_EXPECT_NULL(test, dmf_module_transport_get(rig->registers));
}

/* -- What is refused ------------------------------------------------------------------- */

static void missing_transport_is_refused(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig->attributes.transport_module_add = NULL;
	refused(test, -EINVAL, 1);
	rig->attributes.transport_module_add = client_transport_add;
	rig->transports[0] = NULL;
	refused(test, -EINVAL, 1);
}

static void two_transports_are_refused(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig->transports[1] = &wire_kind;
	refused(test, -EINVAL, 1);
}

static void wrong_transport_is_refused(struct kunit *test)
{
	static struct kind * const wrong[] = {
		&stranger_kind,		/* another interface */
		&mute_kind,		/* no method */
		&child_kind,		/* not a transport at all */
		&late_kind,		/* would be open shorter than its parent */
	};
	struct rig *rig = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		rig->transports[0] = wrong[i];
		refused(test, -EINVAL, 1);
	}
}

static void error_of_the_client_ends_creation(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig->add_error = -EIO;
	refused(test, -EIO, 1);
	rig->add_error = -EPROBE_DEFER;
	refused(test, -EPROBE_DEFER, 1);
}

static void error_below_a_transport_ends_creation(struct kunit *test)
{
	struct rig *rig = test->priv;

	/* The second instance's transport requires one itself, and gets none. */
	rig->second = &offset_kind;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &client_ops)), -EINVAL);
	KUNIT_EXPECT_EQ(test, rig->count, 2);
	KUNIT_EXPECT_NULL(test, rig->others);
}

static void failed_allocations_leave_nothing(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig->transports[0] = &offset_kind;
	rig->second = &memory_kind;
	dmf_kunit_fail_probe(test, &client_ops, 10);
}

/* -- Calls --------------------------------------------------------------------------------- */

static void error_of_the_method_reaches_the_caller(struct kunit *test)
{
	struct rig *rig = test->priv;
	u32 value;

	KUNIT_ASSERT_NOT_NULL(test, rig_probe(test));
	KUNIT_EXPECT_EQ(test, registers_read(rig->registers, REGISTERS, &value), -EINVAL);
	rig->transports[0] = &wire_kind;
	rig_probe(test);
	rig->error = -EREMOTEIO;
	KUNIT_EXPECT_EQ(test, registers_read(rig->registers, 0, &value), -EREMOTEIO);
}

static void failing_transport_fails_open(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig->transports[0] = &wire_kind;
	rig->error = -EREMOTEIO;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &client_ops)), -EREMOTEIO);
}

static void call_of_a_closed_transport_is_refused(struct kunit *test)
{
	struct rig *rig = test->priv;
	struct dmf_device *ddev;

	rig->transports[0] = &wire_kind;
	ddev = rig_probe(test);
	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, registers_write(rig->registers, 0, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, rig->wire_count, 1);
	KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, registers_write(rig->registers, 0, 0), 0);
}

static void call_without_transport_is_refused(struct kunit *test)
{
	struct rig *rig = test->priv;

	rig->protocol = &child_kind;
	rig_probe(test);
	dmf_kunit_expect_begin(test, "WARNING:.*dmf_module_transport_call");
	KUNIT_EXPECT_EQ(test, registers_write(rig->registers, 0, 0), -EINVAL);
	dmf_kunit_expect_end(test);
}

static int call_that_blocks(void *data)
{
	struct rig *rig = data;

	rig->result = registers_write(rig->registers, 0, 0);
	return 0;
}

static int let_it_leave(void *data)
{
	struct rig *rig = data;

	schedule_timeout_uninterruptible(HZ / 20);
	complete(&rig->leave);
	return 0;
}

static void close_waits_for_a_call(struct kunit *test)
{
	struct rig *rig = test->priv;
	struct dmf_device *ddev;

	rig->transports[0] = &wire_kind;
	ddev = rig_probe(test);
	rig->block = true;
	dmf_kunit_run(test, call_that_blocks, rig);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&rig->entered, DMF_KUNIT_TIMEOUT), 0);
	dmf_kunit_run(test, let_it_leave, rig);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_TRUE(test, rig->left);
}

static int rig_init(struct kunit *test)
{
	struct rig *rig = kunit_kzalloc(test, sizeof(*rig), GFP_KERNEL);

	if (!rig)
		return -ENOMEM;
	init_completion(&rig->entered);
	init_completion(&rig->leave);
	rig->attributes.client_data = rig;
	rig->attributes.transport_module_add = client_transport_add;
	rig->transports[0] = &memory_kind;
	test->priv = rig;
	return 0;
}

static struct kunit_case transport_cases[] = {
	KUNIT_CASE(protocol_works_over_a_memory),
	KUNIT_CASE(same_protocol_works_over_a_wire),
	KUNIT_CASE(each_instance_has_its_own_transport),
	KUNIT_CASE(transport_may_have_a_transport),
	KUNIT_CASE(transport_is_a_child),
	KUNIT_CASE(transport_opens_between_children_and_parent),
	KUNIT_CASE(dynamic_module_may_have_a_transport),
	KUNIT_CASE(transport_that_nobody_requires_is_not_added),
	KUNIT_CASE(missing_transport_is_refused),
	KUNIT_CASE(two_transports_are_refused),
	KUNIT_CASE(wrong_transport_is_refused),
	KUNIT_CASE(error_of_the_client_ends_creation),
	KUNIT_CASE(error_below_a_transport_ends_creation),
	KUNIT_CASE(failed_allocations_leave_nothing),
	KUNIT_CASE(error_of_the_method_reaches_the_caller),
	KUNIT_CASE(failing_transport_fails_open),
	KUNIT_CASE(call_of_a_closed_transport_is_refused),
	KUNIT_CASE(call_without_transport_is_refused),
	KUNIT_CASE(close_waits_for_a_call),
	{ }
};

static struct kunit_suite transport_suite = {
	.name = "dmf_transport",
	.init = rig_init,
	.test_cases = transport_cases,
};

kunit_test_suite(transport_suite);
