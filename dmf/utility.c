// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of the event log: a line in the kernel's log, and a uevent if wanted.
 *
 * The line is written at once, wherever the caller is. A uevent needs process
 * context: it is put into a record of its own, with a reference to the object
 * that it is about, and one work item sends what is in the list. No more than
 * UEVENTS_MAX wait there. The core flushes the work before a device has been
 * unbound, so that what is sent still has a path in sysfs; a driver's module is
 * kept by the reference until it has been sent.
 */
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/utility.h>

#include "internal.h"

#define TEXT_MAX	256	/* bytes of an entry's text, before it is escaped */
#define UEVENT_SIZE	1024	/* of all variables; the kernel allows 2048 with its own */
#define UEVENT_VARS	8
#define UEVENTS_MAX	64

/* What an entry is about. */
struct event_about {
	struct device *dev;			/* NULL if about a driver */
	const struct device_driver *driver;	/* NULL if not */
	const char *module;			/* instance name, NULL if not about a Module */
};

/* A uevent that waits to be sent. Freed by the work. */
struct event_uevent {
	struct list_head node;
	struct kobject *kobj;			/* counted */
	char *vars[UEVENT_VARS + 1];		/* in @strings, then NULL */
	unsigned int var_count;
	size_t used;
	char strings[UEVENT_SIZE];
};

static void uevents_send(struct work_struct *work);

static DEFINE_SPINLOCK(uevents_lock);		/* guards the list and its length */
static LIST_HEAD(uevents);
static unsigned int uevents_count;
static DECLARE_WORK(uevents_work, uevents_send);

static const char * const severity_names[] = {
	[DMF_EVENT_LOG_ERROR]		= "error",
	[DMF_EVENT_LOG_WARNING]		= "warning",
	[DMF_EVENT_LOG_INFORMATION]	= "information",
};

static const int severity_levels[] = {
	[DMF_EVENT_LOG_ERROR]		= LOGLEVEL_ERR,
	[DMF_EVENT_LOG_WARNING]		= LOGLEVEL_WARNING,
	[DMF_EVENT_LOG_INFORMATION]	= LOGLEVEL_INFO,
};

/* %*pEcs takes both: escapes quotes, backslashes, line breaks. */
static int text_length(const struct dmf_event_log_entry *entry)
{
	return entry->text ? strnlen(entry->text, TEXT_MAX) : 0;
}

/* -- The uevent -- */

/* Takes the oldest; the list is empty when this returns NULL. */
static struct event_uevent *uevents_take(void)
{
	struct event_uevent *uevent;

	spin_lock_irq(&uevents_lock);
	uevent = list_first_entry_or_null(&uevents, struct event_uevent, node);
	if (uevent) {
		list_del(&uevent->node);
		uevents_count--;
	}
	spin_unlock_irq(&uevents_lock);
	return uevent;
}

static void uevent_free(struct event_uevent *uevent)
{
	kobject_put(uevent->kobj);
	kfree(uevent);
}

static void uevents_send(struct work_struct *work)
{
	struct event_uevent *uevent;

	while ((uevent = uevents_take())) {
		if (uevent->kobj->state_in_sysfs)
			kobject_uevent_env(uevent->kobj, KOBJ_CHANGE, uevent->vars);
		uevent_free(uevent);
	}
}

/* Send what has been written so far. */
void dmf_utility_flush(void)
{
	flush_work(&uevents_work);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_utility_flush);

/* Return: false if too many wait already. */
static bool uevent_queue(struct event_uevent *uevent)
{
	unsigned long flags;
	bool queued;

	spin_lock_irqsave(&uevents_lock, flags);
	queued = uevents_count < UEVENTS_MAX;
	if (queued) {
		list_add_tail(&uevent->node, &uevents);
		uevents_count++;
	}
	spin_unlock_irqrestore(&uevents_lock, flags);
	if (queued)
		queue_work(dmf_workqueue, &uevents_work);
	return queued;
}

/* What does not fit is cut off. */
static __printf(2, 3) void uevent_add(struct event_uevent *uevent, const char *fmt, ...)
{
	size_t left = sizeof(uevent->strings) - uevent->used;
	char *var = uevent->strings + uevent->used;
	va_list args;

	if (left < 2 || uevent->var_count == UEVENT_VARS)
		return;

	va_start(args, fmt);
	uevent->used += vscnprintf(var, left, fmt, args) + 1;
	va_end(args);
	uevent->vars[uevent->var_count++] = var;
}

static struct kobject *about_kobject(const struct event_about *about)
{
	if (about->dev)
		return &about->dev->kobj;
#ifdef CONFIG_MODULES
	if (about->driver->owner && about->driver->owner->mkobj.kobj.state_initialized)
		return &about->driver->owner->mkobj.kobj;
#endif
	return NULL;
}

static bool event_send(const struct event_about *about, const struct dmf_event_log_entry *entry,
		       struct va_format *pairs)
{
	struct kobject *kobj = about_kobject(about);
	struct event_uevent *uevent;

	if (!kobj)
		return false;
	uevent = kzalloc(sizeof(*uevent), GFP_ATOMIC | __GFP_NOWARN);
	if (!uevent)
		return false;

	uevent->kobj = kobject_get(kobj);
	uevent_add(uevent, "DMF_EVENT_ID=%u", entry->id);
	uevent_add(uevent, "DMF_EVENT_SEVERITY=%s", severity_names[entry->severity]);
	uevent_add(uevent, "DMF_EVENT_STATUS=%d", entry->status);
	uevent_add(uevent, "DMF_EVENT_UNIQUE_ID=%u", entry->unique_id);
	if (about->driver)
		uevent_add(uevent, "DMF_DRIVER=%s", about->driver->name);
	if (about->module)
		uevent_add(uevent, "DMF_MODULE=%s", about->module);
	if (entry->text)
		uevent_add(uevent, "DMF_EVENT_TEXT=%*pEcs", text_length(entry), entry->text);
	if (*pairs->fmt)
		uevent_add(uevent, "DMF_EVENT_DATA=%pV", pairs);

	if (uevent_queue(uevent))
		return true;
	uevent_free(uevent);
	return false;
}

/* -- The line -- */

#ifdef CONFIG_PRINTK
/* What dev_printk_emit() does for a device; the form of DEVICE= is udev's. */
static __printf(3, 4) void driver_printk_emit(int level, const struct device_driver *driver,
					      const char *fmt, ...)
{
	struct dev_printk_info info = { .subsystem = "drivers" };
	va_list args;

	snprintf(info.device, sizeof(info.device), "+drivers:%s:%s",
		 driver->bus ? driver->bus->name : "", driver->name);
	va_start(args, fmt);
	vprintk_emit(0, level, &info, fmt, args);
	va_end(args);
}
#else
static __printf(3, 4) void driver_printk_emit(int level, const struct device_driver *driver,
					      const char *fmt, ...)
{
}
#endif

static __printf(3, 4) void event_emit(const struct event_about *about, int level,
				      const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	if (about->dev)
		dev_printk_emit(level, about->dev, "%s %s: %pV", dev_driver_string(about->dev),
				dev_name(about->dev), &vaf);
	else
		driver_printk_emit(level, about->driver, "%s: %pV", about->driver->name, &vaf);
	va_end(args);
}

/* The form of the line is a promise; see utility.h. */
static void event_log(const struct event_about *about, const struct dmf_event_log_entry *entry,
		      struct va_format *pairs, bool lost)
{
	event_emit(about, severity_levels[entry->severity],
		   "event=%u severity=%s status=%d unique_id=%u%s%s%s%*pEcs%s%s%pV%s",
		   entry->id, severity_names[entry->severity], entry->status, entry->unique_id,
		   about->module ? " module=" : "", about->module ?: "",
		   entry->text ? " text=\"" : "", text_length(entry), entry->text ?: "",
		   entry->text ? "\"" : "", *pairs->fmt ? " " : "", pairs,
		   lost ? " uevent=lost" : "");
}

/* @fmt begins with a blank; see __dmf_event_log_ratelimited(). */
static void event_write(const struct event_about *about, const struct dmf_event_log_entry *entry,
			const char *fmt, va_list *args)
{
	struct va_format pairs = { .fmt = fmt + 1, .va = args };
	bool lost;

	if (WARN_ON((unsigned int)entry->severity >= ARRAY_SIZE(severity_names)))
		return;

	lost = entry->uevent && !event_send(about, entry, &pairs);
	event_log(about, entry, &pairs, lost);
}

void __dmf_utility_event_log_entry_write_driver(const struct device_driver *driver,
						const struct dmf_event_log_entry *entry,
						const char *fmt, ...)
{
	const struct event_about about = { .driver = driver };
	va_list args;

	va_start(args, fmt);
	event_write(&about, entry, fmt, &args);
	va_end(args);
}
EXPORT_SYMBOL_NS_GPL(__dmf_utility_event_log_entry_write_driver, DMF);

void __dmf_utility_event_log_entry_write_device(struct dmf_device *ddev,
						const struct dmf_event_log_entry *entry,
						const char *fmt, ...)
{
	const struct event_about about = { .dev = ddev->dev };
	va_list args;

	va_start(args, fmt);
	event_write(&about, entry, fmt, &args);
	va_end(args);
}
EXPORT_SYMBOL_NS_GPL(__dmf_utility_event_log_entry_write_device, DMF);

void __dmf_utility_event_log_entry_write_dmf_module(struct dmf_module *module,
						    const struct dmf_event_log_entry *entry,
						    const char *fmt, ...)
{
	const struct event_about about = {
		.dev = dmf_module_device(module), .module = dmf_module_name(module),
	};
	va_list args;

	va_start(args, fmt);
	event_write(&about, entry, fmt, &args);
	va_end(args);
}
EXPORT_SYMBOL_NS_GPL(__dmf_utility_event_log_entry_write_dmf_module, DMF);
