// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps: what a device and its Modules are at the moment, written into one buffer in
 * the form of uapi/linux/dmf/dump.h. dump_store.c keeps it until it has been read.
 *
 * It is taken while the driver runs. The caller keeps the device bound and with it all
 * static Modules; dynamics_lock keeps the dynamic ones, and is held over those of one
 * parent: so a show() that waits holds up the others only if it is that of one of them.
 * Nothing else is stopped: texts are those of the live tree, each as consistent as the
 * Module's own lock makes it, and memory is copied as it is, torn where somebody writes.
 * What is no memory any more ends a region and hurts nobody.
 *
 * Nothing is allocated while a lock is held: a buffer is filled, and if it was too
 * small a larger one is, from the beginning, until all fits or the limit is reached.
 * Then what does not fit is cut and marked. Texts come before memory, so that one large
 * region does not cost the recorders.
 *
 * The buffer is that of a struct seq_file, since that is what texts are printed to. One
 * header of a section is kept free behind its end, for the last one.
 */
#include <linux/crc32.h>
#include <linux/device.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include <linux/dmf/branch_track.h>
#include <linux/dmf/dump.h>
#include <uapi/linux/dmf/dump.h>

#include "internal.h"

static_assert(sizeof(struct dmf_dump_header) == 464);
static_assert(offsetof(struct dmf_dump_header, crc) == 32);
static_assert(offsetof(struct dmf_dump_header, size) == 40);
static_assert(offsetof(struct dmf_dump_header, text) == 80);
static_assert(offsetof(struct dmf_dump_header, release) == 224);
static_assert(offsetof(struct dmf_dump_header, reserved) == 416);
static_assert(sizeof(struct dmf_dump_section) == 96);
static_assert(offsetof(struct dmf_dump_section, size) == 16);
static_assert(offsetof(struct dmf_dump_section, name) == 32);
static_assert(sizeof(struct dmf_dump_create) == 160);
static_assert(offsetof(struct dmf_dump_create, text) == 16);
static_assert(offsetof(struct dmf_dump_create, reserved) == 144);

/* The first attempt. */
#define BUFFER_SIZE	SZ_64K

/* A dump that is being made; belongs to whoever makes it. */
struct dmf_dump {
	struct seq_file seq;		/* @buf, @size and @count: what has been written */
	unsigned int sections;
	bool full;			/* something did not fit */
	bool last;			/* there is no larger buffer */
	bool locked_down;		/* no memory of the kernel may be shown */
};

/* -- Sections ------------------------------------------------------------------- */

/* Return: the header of a section, or NULL if there is no room or no use. */
static struct dmf_dump_section *section_begin(struct dmf_dump *dump, unsigned int type,
					      unsigned int parent, const char *name)
{
	struct seq_file *seq = &dump->seq;
	struct dmf_dump_section *section;

	if (dump->full && !dump->last)
		return NULL;
	if (seq->size - seq->count < sizeof(*section)) {
		dump->full = true;
		return NULL;
	}

	section = (struct dmf_dump_section *)(seq->buf + seq->count);
	section->type = type;
	section->parent = parent;
	strscpy(section->name, name, sizeof(section->name));
	seq->count += sizeof(*section);
	dump->sections++;
	return section;
}

/* The buffer was zeroed, so what is skipped is. */
static void section_end(struct dmf_dump *dump, struct dmf_dump_section *section, size_t size)
{
	struct seq_file *seq = &dump->seq;

	section->size = size;
	seq->count = ALIGN((char *)(section + 1) - seq->buf + size, 8);
}

/* As if section_begin() had not been called. */
static void section_drop(struct dmf_dump *dump, struct dmf_dump_section *section)
{
	memset(section, 0, sizeof(*section));
	dump->seq.count = (char *)section - dump->seq.buf;
	dump->sections--;
}

/* What was printed since section_begin(); nothing makes no section. */
static void section_end_text(struct dmf_dump *dump, struct dmf_dump_section *section)
{
	char *text = (char *)(section + 1);
	struct seq_file *seq = &dump->seq;
	size_t room = seq->buf + seq->count - text, size = room;

	/* Then the count says nothing of how much has been printed, and a zero ends it. */
	if (seq_has_overflowed(seq)) {
		size = strnlen(text, room);
		memset(text + size, 0, room - size);
		section->flags |= DMF_DUMP_CUT;
		dump->full = true;
	} else if (!size) {
		section_drop(dump, section);
		return;
	}
	section->total = size;
	section_end(dump, section, size);
}

/* Return: how many bytes could be read. */
static size_t copy_memory(void *to, const void *from, size_t size)
{
	size_t done, step;

	for (done = 0; done < size; done += step) {
		step = min(size - done, PAGE_SIZE - offset_in_page(from + done));
		if (copy_from_kernel_nofault(to + done, from + done, step)) {
			memset(to + done, 0, step);
			break;
		}
		cond_resched();
	}
	return done;
}

static void section_end_memory(struct dmf_dump *dump, struct dmf_dump_section *section,
			       const void *address, size_t size)
{
	size_t room = dump->seq.size - dump->seq.count, copied;

	if (size > room) {
		section->flags |= DMF_DUMP_CUT;
		dump->full = true;
	}
	copied = copy_memory(section + 1, address, min(size, room));
	if (copied < min(size, room))
		section->flags |= DMF_DUMP_UNREADABLE;
	section_end(dump, section, copied);
}

/**
 * dmf_dump_add - put memory into a dump
 * @dump: what &dmf_dump_source.add was called with
 * @region: the memory; the caller sees to it that nobody else gets it meanwhile
 *
 * Memory is copied as it is. Where there is none, the copy ends and says so.
 *
 * Context: process, may sleep; within &dmf_dump_source.add.
 */
void dmf_dump_add(struct dmf_dump *dump, const struct dmf_dump_region *region)
{
	struct dmf_dump_section *section = section_begin(dump, region->type, region->module,
							 region->name);

	if (!section)
		return;

	section->total = region->size;
	if (region->secret || dump->locked_down) {
		section->flags |= DMF_DUMP_SECRET;
		section_end(dump, section, 0);
		return;
	}
	section_end_memory(dump, section, region->address, region->size);
}
EXPORT_SYMBOL_NS_GPL(dmf_dump_add, DMF);

/* -- The device and its Modules ------------------------------------------------- */

/* What the files in debugfs say, too. */

static void show_files(struct dmf_device *ddev, struct seq_file *seq)
{
	dmf_files_show(ddev, seq);
}

static void show_requests(struct dmf_device *ddev, struct seq_file *seq)
{
	dmf_requests_show(ddev, seq);
}

static void show_branch_track(struct dmf_device *ddev, struct seq_file *seq)
{
	dmf_branch_track_show(dmf_branch_track_get_from_device(ddev), seq);
}

static const struct device_text {
	const char *name;
	void (*show)(struct dmf_device *ddev, struct seq_file *seq);
} device_texts[] = {
	{ "state", dmf_device_show },
	{ "files", show_files },
	{ "requests", show_requests },
	{ "interfaces", dmf_interfaces_show },
	{ "recorder", dmf_recorder_show_shared },
	{ "branchtrack", show_branch_track },
};

static void dump_device(struct dmf_dump *dump, struct dmf_device *ddev)
{
	const struct device_text *text;
	struct dmf_dump_section *section;

	for (text = device_texts; text < device_texts + ARRAY_SIZE(device_texts); text++) {
		section = section_begin(dump, DMF_DUMP_TEXT, 0, text->name);
		if (!section)
			return;
		text->show(ddev, &dump->seq);
		section_end_text(dump, section);
	}
}

static void dump_module_state(struct dmf_dump *dump, struct dmf_module *module)
{
	unsigned int parent = module->parent ? module->parent->number : 0;
	struct dmf_dump_section *section = section_begin(dump, DMF_DUMP_MODULE, parent,
							 module->name);

	if (!section)
		return;
	section->id = module->number;
	dmf_module_show(module, &dump->seq);
	section_end_text(dump, section);
}

static const struct module_text {
	const char *name;
	void (*show)(struct dmf_module *module, struct seq_file *seq);
} module_texts[] = {
	{ "locks", dmf_locks_show },
	{ "recorder", dmf_recorder_show },
};

static void dump_module_texts(struct dmf_dump *dump, struct dmf_module *module)
{
	const struct module_text *text;
	struct dmf_dump_section *section;

	dump_module_state(dump, module);
	for (text = module_texts; text < module_texts + ARRAY_SIZE(module_texts); text++) {
		section = section_begin(dump, DMF_DUMP_TEXT, module->number, text->name);
		if (!section)
			return;
		text->show(module, &dump->seq);
		section_end_text(dump, section);
	}
}

static void dump_module_memory(struct dmf_dump *dump, struct dmf_module *module)
{
	const struct dmf_module_desc *desc = module->desc;
	struct dmf_dump_region region = {
		.type = DMF_DUMP_CONFIG, .module = module->number, .name = "config",
		.address = module->config, .size = desc->config_size, .secret = module->secret,
	};

	if (region.size)
		dmf_dump_add(dump, &region);
	region.type = DMF_DUMP_CONTEXT;
	region.name = "context";
	region.address = module;
	region.size = desc->size;
	dmf_dump_add(dump, &region);
}

typedef void visit_fn(struct dmf_dump *dump, struct dmf_module *module);

static void walk_dynamics(struct dmf_device *ddev, struct dmf_dynamics *dynamics,
			  visit_fn *visit, struct dmf_dump *dump);

/*
 * Recursion is bounded by DMF_MODULE_DEPTH_MAX. What is below a dynamic Module is visited
 * with the lock held.
 */
static void walk(struct list_head *siblings, visit_fn *visit, struct dmf_dump *dump)
{
	struct dmf_module *module;

	list_for_each_entry(module, siblings, sibling) {
		visit(dump, module);
		walk(&module->children, visit, dump);
		if (module->dynamic)
			walk(&module->dynamics.list, visit, dump);
		else
			walk_dynamics(module->ddev, &module->dynamics, visit, dump);
	}
}

/* Those of the device, or of a Module that is not dynamic. */
static void walk_dynamics(struct dmf_device *ddev, struct dmf_dynamics *dynamics,
			  visit_fn *visit, struct dmf_dump *dump)
{
	mutex_lock(&ddev->dynamics_lock);
	walk(&dynamics->list, visit, dump);
	mutex_unlock(&ddev->dynamics_lock);
}

static void walk_device(struct dmf_device *ddev, visit_fn *visit, struct dmf_dump *dump)
{
	walk(&ddev->modules, visit, dump);
	walk_dynamics(ddev, &ddev->dynamics, visit, dump);
}

/* Dynamic Modules may come and go in between. */
static void dump_modules(struct dmf_dump *dump, struct dmf_device *ddev)
{
	dump_device(dump, ddev);
	walk_device(ddev, dump_module_texts, dump);
	walk_device(ddev, dump_module_memory, dump);
}

/* -- The whole ------------------------------------------------------------------- */

static void dump_fill_header(struct dmf_dump *dump, struct dmf_device *ddev,
			     const struct dmf_dump_source *source)
{
	struct dmf_dump_header *header = (struct dmf_dump_header *)dump->seq.buf;

	strscpy(header->magic, DMF_DUMP_MAGIC, sizeof(header->magic));
	header->byte_order = DMF_DUMP_BYTE_ORDER;
	header->major = DMF_DUMP_MAJOR;
	header->minor = DMF_DUMP_MINOR;
	header->header_size = sizeof(*header);
	header->section_size = sizeof(struct dmf_dump_section);
	header->sections = dump->sections;
	header->flags = dump->full ? DMF_DUMP_INCOMPLETE : 0;
	header->crc = ~crc32_le(~0, (u8 *)(header + 1), dump->seq.count - sizeof(*header));
	header->pointer_size = sizeof(void *);
	header->size = dump->seq.count;
	header->time_ns = ktime_get_real_ns();
	header->uptime_ns = ktime_get_boottime_ns();
	header->code = source->code;
	header->parameter = source->parameter;
	strscpy(header->text, source->text ?: "", sizeof(header->text));
	strscpy(header->report_type, source->report_type ?: "", sizeof(header->report_type));
	strscpy(header->release, init_utsname()->release, sizeof(header->release));
	strscpy(header->driver, ddev->client->name, sizeof(header->driver));
	strscpy(header->device, dev_name(ddev->dev), sizeof(header->device));
}

/* Fill the buffer; the last section has the room that was kept free. */
static void dump_fill(struct dmf_dump *dump, struct dmf_device *ddev,
		      const struct dmf_dump_source *source)
{
	dump->seq.count = sizeof(struct dmf_dump_header);
	if (!(source->flags & DMF_DUMP_WITHOUT_MODULES))
		dump_modules(dump, ddev);
	if (source->add)
		source->add(dump, source->data);

	dump->seq.size += sizeof(struct dmf_dump_section);
	dump->seq.count += sizeof(struct dmf_dump_section);	/* zeros: DMF_DUMP_END */
	dump->sections++;
	dump_fill_header(dump, ddev, source);
}

/* Return: 0, with what has to be freed by vfree() in @dump->seq.buf, or -ENOMEM. */
static int dump_make(struct dmf_dump *dump, struct dmf_device *ddev,
		     const struct dmf_dump_source *source)
{
	bool locked_down = security_locked_down(LOCKDOWN_KCORE);
	size_t size = min_t(size_t, BUFFER_SIZE, source->size_max);

	for (;; size = min(2 * size, source->size_max)) {
		*dump = (struct dmf_dump) {
			.last = size == source->size_max,
			.locked_down = locked_down,
		};
		dump->seq.buf = vzalloc(size);
		if (!dump->seq.buf)
			return -ENOMEM;
		dump->seq.size = size - sizeof(struct dmf_dump_section);
		dump_fill(dump, ddev, source);
		if (!dump->full || dump->last)
			return 0;
		vfree(dump->seq.buf);
	}
}

/**
 * dmf_device_dump - make a dump of a device, for user space to read
 * @ddev: the device
 * @source: what goes into it; its @size_max is a multiple of eight
 *
 * See dump_store.c for where it goes and how long it stays.
 *
 * Context: process, may sleep; while the device is bound and its Modules exist; without
 * a lock that show() takes.
 * Return: 0; -EBUSY if there is a dump of the device already; -ENOMEM; -EOPNOTSUPP if the
 * kernel takes none.
 */
int dmf_device_dump(struct dmf_device *ddev, const struct dmf_dump_source *source)
{
	struct dmf_stored_dump *stored = dmf_dump_store_reserve(ddev->dev);
	struct dmf_dump dump;
	int ret;

	if (IS_ERR(stored))
		return PTR_ERR(stored);

	ret = dump_make(&dump, ddev, source);
	if (ret) {
		dmf_dump_store_release(stored);
		return ret;
	}
	return dmf_dump_store_deliver(stored, dump.seq.buf, dump.seq.count);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_dump, DMF);

/**
 * dmf_device_dump_is_unread - whether a dump would be refused
 * @ddev: the device
 *
 * Context: process, may sleep.
 * Return: true if there is a dump of the device, or one is being made.
 */
bool dmf_device_dump_is_unread(struct dmf_device *ddev)
{
	return dmf_dump_store_has(ddev->dev);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_dump_is_unread, DMF);

static size_t modules_size(struct list_head *siblings)
{
	struct dmf_module *module;
	size_t size = 0;

	list_for_each_entry(module, siblings, sibling) {
		if (!module->secret)
			size += module->desc->size + module->desc->config_size;
		size += modules_size(&module->children) + modules_size(&module->dynamics.list);
	}
	return size;
}

/**
 * dmf_device_dump_size - how much memory of Modules a dump would hold
 * @ddev: the device
 *
 * Context: process, may sleep; as dmf_device_dump().
 * Return: the bytes of all Configs and structures that are not secret.
 */
size_t dmf_device_dump_size(struct dmf_device *ddev)
{
	size_t size;

	mutex_lock(&ddev->dynamics_lock);
	size = modules_size(&ddev->modules) + modules_size(&ddev->dynamics.list);
	mutex_unlock(&ddev->dynamics_lock);
	return size;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_dump_size, DMF);

/**
 * dmf_module_is_secret - whether no dump has a Module's memory
 * @module: the Module
 *
 * Context: any.
 * Return: true if its kind, its attributes or those of a Module above it say so.
 */
bool dmf_module_is_secret(const struct dmf_module *module)
{
	return module->secret;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_is_secret, DMF);

/**
 * dmf_module_number - what a Module is called by in a dump
 * @module: the Module
 *
 * Context: any.
 * Return: a number that no other Module of the device has ever had.
 */
unsigned int dmf_module_number(const struct dmf_module *module)
{
	return module->number;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_number, DMF);
