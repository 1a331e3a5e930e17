/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client Drivers for interfaces of USB devices.
 */
#ifndef _LINUX_DMF_USB_H
#define _LINUX_DMF_USB_H

#include <linux/module.h>
#include <linux/usb.h>

#include <linux/dmf/compat.h>
#include <linux/dmf/device.h>

/**
 * DOC: Glue for USB
 *
 * Inline, so that dmf.ko imports no symbol of a bus. What is bound is an
 * interface, and its power is that of the whole USB device.
 *
 * Runtime PM belongs to the USB core: it enables it for the time of the binding
 * and suspends the device a while after its last interface has become idle, once
 * user space has written "auto" to power/control of the device, or the Client has
 * called usb_enable_autosuspend(). It then calls &usb_driver.suspend and, when
 * somebody needs the device, &usb_driver.resume. A device that is to wake up by
 * itself from that needs &usb_interface.needs_remote_wakeup.
 *
 * On the way into a system sleep the USB core ignores errors of &usb_driver.suspend,
 * and does not call it for a device that is suspended already. Therefore dmf_pm_ops
 * does that work: the PM core calls it for the interface before it suspends the
 * device. On the way back &usb_driver.resume or &usb_driver.reset_resume comes
 * first, and dmf_pm_ops finds the work done.
 *
 * After reset_resume the device has lost what it was told: d0_entry sets it up
 * completely, whatever state it comes from. A device that is reset while it
 * works, with usb_reset_device(), is unbound and bound again.
 *
 * Transfers are not cancelled before the device is unbound: d0_exit can still
 * talk to it, and stops what the driver has under way.
 */

/**
 * dmf_usb_probe - bind a Client to an interface
 * @intf: the interface
 * @client: the Client
 *
 * Context: the probe of a usb_driver.
 * Return: 0 or -errno, see dmf_device_probe().
 */
static inline int dmf_usb_probe(struct usb_interface *intf, struct dmf_client *client)
{
	return dmf_device_probe(&intf->dev, client);
}

/**
 * dmf_usb_disconnect - unbind a Client from an interface
 * @intf: the interface
 *
 * Context: the disconnect of a usb_driver.
 */
static inline void dmf_usb_disconnect(struct usb_interface *intf)
{
	bool gone = interface_to_usbdev(intf)->state == USB_STATE_NOTATTACHED;

	/* The USB core has woken the device, but tells no interface that it unbinds. */
	if (!gone)
		dmf_device_power_up(usb_get_intfdata(intf));
	dmf_device_remove(&intf->dev, gone);
}

/**
 * dmf_usb_suspend - the USB core suspends the device
 * @intf: the interface
 * @message: why
 *
 * Context: the suspend of a usb_driver.
 * Return: 0 or -EBUSY.
 */
static inline int dmf_usb_suspend(struct usb_interface *intf, pm_message_t message)
{
	/* Else the system goes to sleep, and dmf_pm_ops has been called before. */
	if (!PMSG_IS_AUTO(message))
		return 0;
	return dmf_device_runtime_down(usb_get_intfdata(intf));
}

/**
 * dmf_usb_resume - the USB core has resumed the device
 * @intf: the interface
 *
 * Context: the resume and the reset_resume of a usb_driver.
 * Return: 0 or the errno of a callback, see dmf_device_power_up().
 */
static inline int dmf_usb_resume(struct usb_interface *intf)
{
	return dmf_device_power_up(usb_get_intfdata(intf));
}

/**
 * dmf_usb_shutdown - take an interface down because the system goes down
 * @intf: the interface
 *
 * Context: the shutdown of a usb_driver.
 */
static inline void dmf_usb_shutdown(struct usb_interface *intf)
{
	dmf_device_shutdown(usb_get_intfdata(intf));
}

/* The same for kernels where the usb_driver has no shutdown. */
static inline void dmf_usb_shutdown_device(struct device *dev)
{
	dmf_usb_shutdown(to_usb_interface(dev));
}

/**
 * dmf_usb_interface - the interface that a DMF device is
 * @ddev: a device that dmf_usb_probe() has bound
 *
 * Context: any.
 * Return: the &struct usb_interface; it outlives @ddev.
 */
static inline struct usb_interface *dmf_usb_interface(const struct dmf_device *ddev)
{
	return to_usb_interface(dmf_device_dev(ddev));
}

/**
 * dmf_usb_dev - the USB device whose interface a DMF device is
 * @ddev: a device that dmf_usb_probe() has bound
 *
 * Context: any.
 * Return: the &struct usb_device; it lives at least as long as the device is bound.
 */
static inline struct usb_device *dmf_usb_dev(const struct dmf_device *ddev)
{
	return interface_to_usbdev(dmf_usb_interface(ddev));
}

/**
 * DMF_USB_DRIVER - initialiser of a &struct usb_driver, all but the name
 * @_ids: the table of USB ids
 * @_probe: a probe that calls dmf_usb_probe()
 *
 * For drivers that register their &struct usb_driver themselves.
 */
#define DMF_USB_DRIVER(_ids, _probe)						\
	.id_table		= _ids,						\
	.probe			= _probe,					\
	.disconnect		= dmf_usb_disconnect,				\
	.suspend		= dmf_usb_suspend,				\
	.resume			= dmf_usb_resume,				\
	.reset_resume		= dmf_usb_resume,				\
	DMF_USB_DRIVER_SHUTDOWN(dmf_usb_shutdown, dmf_usb_shutdown_device),	\
	.supports_autosuspend	= 1,						\
	.soft_unbind		= 1,						\
	.driver.pm		= pm_ptr(&dmf_pm_ops)

/**
 * module_dmf_usb_driver - all that a Client Driver for USB interfaces needs
 * @_driver: name of the &struct usb_driver that is made
 * @_ids: the table of USB ids
 * @_ops: the &struct dmf_client_ops
 * @_drvdata_size: size of the driver's own structure, 0 if it has none
 *
 * DMF: DMF_DEFAULT_DRIVERENTRY, DMF_DEFAULT_DEVICEADD, DMF_DEFAULT_DRIVERCLEANUP.
 */
#define module_dmf_usb_driver(_driver, _ids, _ops, _drvdata_size)		\
static struct dmf_client _driver##_client =					\
	DMF_CLIENT_INIT(_driver##_client, _ops, _drvdata_size);			\
static int _driver##_probe(struct usb_interface *intf, const struct usb_device_id *id) \
{										\
	return dmf_usb_probe(intf, &_driver##_client);				\
}										\
static struct usb_driver _driver = {						\
	.name = KBUILD_MODNAME,							\
	DMF_USB_DRIVER(_ids, _driver##_probe),					\
};										\
module_usb_driver(_driver);							\
MODULE_DEVICE_TABLE(usb, _ids);							\
MODULE_IMPORT_NS(DMF)

#endif /* _LINUX_DMF_USB_H */
