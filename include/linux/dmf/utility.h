/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of DMF's Utility API that the kernel has no counterpart of: entries of
 * an event log.
 */
#ifndef _LINUX_DMF_UTILITY_H
#define _LINUX_DMF_UTILITY_H

#include <linux/compiler_attributes.h>
#include <linux/ratelimit.h>
#include <linux/types.h>

struct device_driver;
struct dmf_device;
struct dmf_module;

/**
 * DOC: Event log
 *
 * The event log is the kernel's. An entry is one line of it, for people and for
 * programs, about a driver, a device or a Module:
 *
 *   dmf_edu 0000:00:10.0: event=7 severity=error status=-5 unique_id=2
 *   module=factorial text="Device does not answer" operand=12 tries=3
 *
 * up to @text in that order, without line breaks, then the pairs of the caller's
 * own. What has no value is left out: module and text. In /dev/kmsg and in the
 * journal the line carries SUBSYSTEM= and DEVICE=, as dev_err() has them; for a
 * driver SUBSYSTEM=drivers and DEVICE=+drivers:<bus>:<name>.
 *
 * An entry may also be sent to udev, as a "change" uevent of the device, or of a
 * driver's module (there is none if it is built in), with DMF_EVENT_ID,
 * DMF_EVENT_SEVERITY, DMF_EVENT_STATUS, DMF_EVENT_UNIQUE_ID, DMF_DRIVER (of a
 * driver), DMF_MODULE (of a Module), DMF_EVENT_TEXT, and the pairs in
 * DMF_EVENT_DATA. It is sent a moment later in process context, at the latest
 * before the device has been unbound. At most 64 wait to be sent; the line of an
 * entry whose uevent found no room or no memory ends with uevent=lost.
 *
 * Each place in the code that writes entries is rate limited like dev_err_ratelimited().
 * What the limit suppresses is neither logged nor sent; the kernel logs how many.
 */

/**
 * enum dmf_event_log_severity - how bad it is
 * @DMF_EVENT_LOG_ERROR: logged as dev_err() does.
 * @DMF_EVENT_LOG_WARNING: as dev_warn().
 * @DMF_EVENT_LOG_INFORMATION: as dev_info().
 *
 * DMF: the severity bits of an event's code.
 */
enum dmf_event_log_severity {
	DMF_EVENT_LOG_ERROR,
	DMF_EVENT_LOG_WARNING,
	DMF_EVENT_LOG_INFORMATION,
};

/**
 * struct dmf_event_log_entry - what happened
 * @id: number of the event in the driver's own list (DMF: ErrorCode).
 * @unique_id: tells apart places that write the same event (DMF: UniqueId).
 * @severity: how bad it is.
 * @status: 0 or -errno with which it ended (DMF: Status, FinalNtStatus).
 * @text: a sentence without line break, or NULL; at most 256 bytes are used.
 * @uevent: also tell udev.
 *
 * Nothing of it is kept.
 */
struct dmf_event_log_entry {
	u32 id;
	u32 unique_id;
	enum dmf_event_log_severity severity;
	int status;
	const char *text;
	bool uevent;
};

__printf(3, 4)
void __dmf_utility_event_log_entry_write_driver(const struct device_driver *driver,
						const struct dmf_event_log_entry *entry,
						const char *fmt, ...);
__printf(3, 4)
void __dmf_utility_event_log_entry_write_device(struct dmf_device *ddev,
						const struct dmf_event_log_entry *entry,
						const char *fmt, ...);
__printf(3, 4)
void __dmf_utility_event_log_entry_write_dmf_module(struct dmf_module *module,
						    const struct dmf_event_log_entry *entry,
						    const char *fmt, ...);

/* The blank stands before the pairs, and makes them a format if there are none. */
#define __dmf_event_log_ratelimited(_write, _about, _entry, ...)		\
do {										\
	static DEFINE_RATELIMIT_STATE(_rs, DEFAULT_RATELIMIT_INTERVAL,		\
				      DEFAULT_RATELIMIT_BURST);			\
										\
	if (__ratelimit(&_rs))							\
		_write(_about, _entry, " " __VA_ARGS__);			\
} while (0)

/**
 * dmf_utility_event_log_entry_write_driver - write an entry about a driver
 * @driver: the &struct device_driver; it need not be registered yet
 * @entry: the &struct dmf_event_log_entry
 * @...: a format of printk's with pairs, "key=%d other=%s", and what it takes;
 *	may be left out
 *
 * DMF: DMF_Utility_EventLogEntryWriteDriver, DMF_Utility_EventLogEntryWriteDriverObject.
 *
 * Context: any; with @entry->uevent, not hard interrupts of PREEMPT_RT.
 */
#define dmf_utility_event_log_entry_write_driver(driver, entry, ...)		\
	__dmf_event_log_ratelimited(__dmf_utility_event_log_entry_write_driver,	\
				    driver, entry, __VA_ARGS__)

/**
 * dmf_utility_event_log_entry_write_device - write an entry about a device
 * @ddev: the device
 * @entry: the &struct dmf_event_log_entry
 * @...: as for dmf_utility_event_log_entry_write_driver()
 *
 * DMF: DMF_Utility_EventLogEntryWriteDevice.
 *
 * Context: any, while the device is bound; with @entry->uevent, not hard interrupts
 * of PREEMPT_RT.
 */
#define dmf_utility_event_log_entry_write_device(ddev, entry, ...)		\
	__dmf_event_log_ratelimited(__dmf_utility_event_log_entry_write_device,	\
				    ddev, entry, __VA_ARGS__)

/**
 * dmf_utility_event_log_entry_write_dmf_module - write an entry about a Module
 * @module: the Module, which is named by its instance name
 * @entry: the &struct dmf_event_log_entry
 * @...: as for dmf_utility_event_log_entry_write_driver()
 *
 * DMF: DMF_Utility_EventLogEntryWriteDmfModule.
 *
 * Context: any, while the Module exists; with @entry->uevent, not hard interrupts
 * of PREEMPT_RT.
 */
#define dmf_utility_event_log_entry_write_dmf_module(module, entry, ...)	\
	__dmf_event_log_ratelimited(__dmf_utility_event_log_entry_write_dmf_module, \
				    module, entry, __VA_ARGS__)

#endif /* _LINUX_DMF_UTILITY_H */
