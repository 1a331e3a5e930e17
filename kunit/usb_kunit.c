// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the glue for USB: a gadget without endpoints, joined by the dummy
 * controller to a host that enumerates it for real. System sleep goes through the
 * callbacks of interface and device, in the order of the PM core.
 */
#include <linux/pm_runtime.h>
#include <linux/usb/composite.h>

#include <linux/dmf/usb.h>

#include "../dmf/internal.h"
#include "fake_bus.h"

/* For tests only, says the registry of pid.codes. */
#define FAKE_VENDOR	0x1209
#define FAKE_PRODUCT	0x0001

/* -- The gadget -------------------------------------------------------------- */

static struct usb_interface_descriptor gadget_interface = {
	.bLength		= sizeof(gadget_interface),
	.bDescriptorType	= USB_DT_INTERFACE,
	.bInterfaceClass	= USB_CLASS_VENDOR_SPEC,
};

static struct usb_descriptor_header *gadget_descriptors[] = {
	(struct usb_descriptor_header *)&gadget_interface, NULL
};

static int gadget_function_bind(struct usb_configuration *config, struct usb_function *function)
{
	int ret = usb_interface_id(config, function);

	if (ret < 0)
		return ret;
	gadget_interface.bInterfaceNumber = ret;
	return usb_assign_descriptors(function, gadget_descriptors, gadget_descriptors, NULL, NULL);
}

static void gadget_function_unbind(struct usb_configuration *config, struct usb_function *function)
{
	usb_free_all_descriptors(function);
}

static int gadget_function_set_alt(struct usb_function *function, unsigned int interface,
				   unsigned int alt)
{
	return 0;
}

static void gadget_function_disable(struct usb_function *function)
{
}

static struct usb_function gadget_function;
static struct usb_configuration gadget_config;

static int gadget_config_bind(struct usb_configuration *config)
{
	gadget_function = (struct usb_function){
		.name		= "dmf-kunit",
		.bind		= gadget_function_bind,
		.unbind		= gadget_function_unbind,
		.set_alt	= gadget_function_set_alt,
		.disable	= gadget_function_disable,
	};
	return usb_add_function(config, &gadget_function);
}

static int gadget_bind(struct usb_composite_dev *cdev)
{
	gadget_config = (struct usb_configuration){
		.label			= "dmf-kunit",
		.bConfigurationValue	= 1,
		.bmAttributes		= USB_CONFIG_ATT_SELFPOWER,
	};
	return usb_add_config(cdev, &gadget_config, gadget_config_bind);
}

static const struct usb_device_descriptor gadget_device = {
	.bLength		= sizeof(gadget_device),
	.bDescriptorType	= USB_DT_DEVICE,
	.bDeviceClass		= USB_CLASS_VENDOR_SPEC,
	.idVendor		= cpu_to_le16(FAKE_VENDOR),
	.idProduct		= cpu_to_le16(FAKE_PRODUCT),
	.bNumConfigurations	= 1,
};

/* Not announced, but the composite driver wants to find them. */
static struct usb_string gadget_texts[] = {
	[USB_GADGET_MANUFACTURER_IDX].s = "",
	[USB_GADGET_PRODUCT_IDX].s = "",
	[USB_GADGET_SERIAL_IDX].s = "",
	{ }
};

static struct usb_gadget_strings *gadget_strings[] = {
	&(struct usb_gadget_strings){ .language = 0x0409, .strings = gadget_texts }, NULL
};

static struct usb_composite_driver gadget_driver = {
	.name		= "dmf-kunit-gadget",
	.dev		= &gadget_device,
	.strings	= gadget_strings,
	.max_speed	= USB_SPEED_HIGH,
	.bind		= gadget_bind,
};

static bool gadget_plugged;

static void gadget_unplug(void)
{
	if (gadget_plugged)
		usb_composite_unregister(&gadget_driver);
	gadget_plugged = false;
}

/* -- The host's driver ------------------------------------------------------- */

/* The macro of the glue makes the driver; when it is registered the test says. */
#undef module_usb_driver
#define module_usb_driver(_driver)	struct fake_bus

static const struct usb_device_id fake_usb_ids[] = {
	{ USB_DEVICE(FAKE_VENDOR, FAKE_PRODUCT) }, { }
};

module_dmf_usb_driver(fake_usb, fake_usb_ids, &bus_client_ops, 16);

static struct usb_interface *fake_intf;		/* counted */
static DECLARE_COMPLETION(fake_bound);
static DECLARE_COMPLETION(fake_unbound);
static DECLARE_COMPLETION(fake_gone);

static int fake_usb_notify(struct notifier_block *nb, unsigned long event, void *data)
{
	struct device *dev = data;

	if (event == BUS_NOTIFY_BOUND_DRIVER && dev->driver == &fake_usb.driver) {
		if (!fake_intf)
			fake_intf = usb_get_intf(to_usb_interface(dev));
		complete(&fake_bound);
	}
	if (event == BUS_NOTIFY_UNBOUND_DRIVER && fake_intf && dev == &fake_intf->dev)
		complete(&fake_unbound);
	if (event == BUS_NOTIFY_DEL_DEVICE && fake_intf && dev == &fake_intf->dev)
		complete(&fake_gone);
	return NOTIFY_DONE;
}

static struct notifier_block fake_usb_notifier = {
	.notifier_call = fake_usb_notify,
};

static void usb_cleanup(void *data)
{
	/* That wakes the device, which would be waited for in vain without the plug. */
	usb_deregister(&fake_usb);
	gadget_unplug();
	/* The next driver must not find it. */
	if (fake_intf)
		wait_for_completion_timeout(&fake_gone, DMF_KUNIT_TIMEOUT);
	bus_unregister_notifier(fake_usb.driver.bus, &fake_usb_notifier);
	usb_put_intf(fake_intf);
}

/* Plug the gadget in, and wait until its interface is bound. */
static struct usb_interface *usb_plug(struct kunit *test)
{
	memset(&bus_log, 0, sizeof(bus_log));
	fake_intf = NULL;
	reinit_completion(&fake_bound);
	reinit_completion(&fake_unbound);
	reinit_completion(&fake_gone);

	KUNIT_ASSERT_EQ(test, usb_register(&fake_usb), 0);
	bus_register_notifier(fake_usb.driver.bus, &fake_usb_notifier);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, usb_cleanup, NULL), 0);
	KUNIT_ASSERT_EQ(test, usb_composite_probe(&gadget_driver), 0);
	gadget_plugged = true;
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&fake_bound, DMF_KUNIT_TIMEOUT), 0);
	/* The hub's lock is free when it has finished with the device. */
	usb_lock_device(interface_to_usbdev(fake_intf)->parent);
	usb_unlock_device(interface_to_usbdev(fake_intf)->parent);
	KUNIT_ASSERT_EQ(test, bus_log.prepares, 1);
	return fake_intf;
}

static void usb_unbind(struct usb_interface *intf)
{
	struct usb_device *udev = interface_to_usbdev(intf);

	usb_lock_device(udev);
	device_release_driver(&intf->dev);
	usb_unlock_device(udev);
}

static int usb_bind(struct usb_interface *intf)
{
	struct usb_device *udev = interface_to_usbdev(intf);
	int ret;

	usb_lock_device(udev);
	ret = device_attach(&intf->dev);
	usb_unlock_device(udev);
	return ret;
}

/* Let the device fall asleep at runtime at once when nobody uses it. */
static int usb_idle(struct usb_interface *intf)
{
	struct usb_device *udev = interface_to_usbdev(intf);

	pm_runtime_set_autosuspend_delay(&udev->dev, 0);
	usb_enable_autosuspend(udev);
	pm_runtime_barrier(&intf->dev);
	pm_runtime_idle(&intf->dev);
	pm_runtime_barrier(&intf->dev);
	return pm_runtime_suspend(&udev->dev);
}

/* -- Binding ----------------------------------------------------------------- */

static void bind_and_unbind(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	KUNIT_EXPECT_PTR_EQ(test, usb_get_intfdata(intf), (void *)bus_log.ddev);
	KUNIT_EXPECT_PTR_EQ(test, dmf_usb_interface(bus_log.ddev), intf);
	KUNIT_EXPECT_PTR_EQ(test, dmf_usb_dev(bus_log.ddev), interface_to_usbdev(intf));
	KUNIT_EXPECT_STREQ(test, dmf_device_node_name(bus_log.ddev), "dmf/kunit0");
	KUNIT_EXPECT_EQ(test, bus_log.previous, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bus_log.bell), 0);

	usb_unbind(intf);
	KUNIT_EXPECT_EQ(test, bus_log.rings, 1);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, bus_log.releases, 1);
	KUNIT_EXPECT_EQ(test, bus_log.surprises, 0);
	KUNIT_EXPECT_NULL(test, usb_get_intfdata(intf));

	KUNIT_EXPECT_EQ(test, usb_bind(intf), 1);
	KUNIT_EXPECT_EQ(test, bus_log.prepares, 2);
}

static void probe_that_fails_leaves_nothing_behind(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	usb_unbind(intf);
	memset(&bus_log, 0, sizeof(bus_log));
	bus_log.fail_entry = -EIO;
	KUNIT_EXPECT_LE(test, usb_bind(intf), 0);
	KUNIT_EXPECT_NULL(test, intf->dev.driver);
	KUNIT_EXPECT_NULL(test, usb_get_intfdata(intf));
	KUNIT_EXPECT_EQ(test, bus_log.releases, 1);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 0);
	bus_log.fail_entry = 0;
	KUNIT_EXPECT_EQ(test, usb_bind(intf), 1);
}

static void pulling_the_plug_is_a_surprise(struct kunit *test)
{
	usb_plug(test);
	gadget_unplug();
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&fake_unbound, DMF_KUNIT_TIMEOUT), 0);
	KUNIT_EXPECT_EQ(test, bus_log.surprises, 1);
	KUNIT_EXPECT_EQ(test, bus_log.releases, 1);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_FINAL);
}

static void reset_of_a_working_device_binds_it_again(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);
	struct usb_device *udev = interface_to_usbdev(intf);

	usb_lock_device(udev);
	KUNIT_EXPECT_EQ(test, usb_reset_device(udev), 0);
	usb_unlock_device(udev);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, bus_log.surprises, 0);
	KUNIT_EXPECT_EQ(test, bus_log.prepares, 2);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 2);
}

/* -- Runtime PM -------------------------------------------------------------- */

static void autosuspend_is_forbidden_until_it_is_allowed(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);
	struct usb_device *udev = interface_to_usbdev(intf);

	KUNIT_EXPECT_LT(test, pm_runtime_suspend(&udev->dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 0);
}

static void autosuspend_and_resume(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	KUNIT_EXPECT_GE(test, usb_idle(intf), 0);
	KUNIT_EXPECT_EQ(test, interface_to_usbdev(intf)->state, USB_STATE_SUSPENDED);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_IDLE);

	/* As a request does. */
	KUNIT_EXPECT_EQ(test, pm_runtime_resume_and_get(&intf->dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 2);
	KUNIT_EXPECT_EQ(test, bus_log.previous, DMF_POWER_IDLE);
	pm_runtime_put(&intf->dev);
	KUNIT_EXPECT_GE(test, usb_idle(intf), 0);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 2);
}

static void autosuspend_that_fails_is_tried_again(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	bus_log.fail_exit = -EIO;
	KUNIT_EXPECT_EQ(test, usb_idle(intf), -EBUSY);
	KUNIT_EXPECT_EQ(test, bus_log.ddev->power, DMF_POWER_D0);
	bus_log.fail_exit = 0;
	KUNIT_EXPECT_GE(test, usb_idle(intf), 0);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_IDLE);
}

static void unbinding_a_suspended_device_resumes_it_first(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	KUNIT_EXPECT_GE(test, usb_idle(intf), 0);
	usb_unbind(intf);
	KUNIT_EXPECT_GE(test, bus_log.entries, 2);
	KUNIT_EXPECT_EQ(test, bus_log.exits, bus_log.entries);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, bus_log.surprises, 0);
}

/* -- System sleep ------------------------------------------------------------ */

/* Children before their parent; the lock of the device is held, as by the PM core. */
static int usb_system_down(struct usb_interface *intf)
{
	struct usb_device *udev = interface_to_usbdev(intf);
	int ret;

	pm_runtime_get_noresume(&intf->dev);
	usb_lock_device(udev);
	ret = intf->dev.driver->pm->suspend(&intf->dev) ?:
	      udev->dev.type->pm->suspend(&udev->dev);
	usb_unlock_device(udev);
	return ret;
}

static int usb_system_up(struct usb_interface *intf)
{
	struct usb_device *udev = interface_to_usbdev(intf);
	int ret;

	usb_lock_device(udev);
	ret = udev->dev.type->pm->resume(&udev->dev) ?:
	      intf->dev.driver->pm->resume(&intf->dev);
	/* Here the USB core binds again what did not live through it. */
	udev->dev.type->pm->complete(&udev->dev);
	usb_unlock_device(udev);
	pm_runtime_put(&intf->dev);
	return ret;
}

static void system_sleep(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	KUNIT_EXPECT_EQ(test, usb_system_down(intf), 0);
	KUNIT_EXPECT_EQ(test, interface_to_usbdev(intf)->state, USB_STATE_SUSPENDED);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, usb_system_up(intf), 0);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 2);
	KUNIT_EXPECT_EQ(test, bus_log.previous, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, bus_log.prepares, 1);
}

static void system_sleep_with_loss_of_power(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	KUNIT_EXPECT_EQ(test, usb_system_down(intf), 0);
	interface_to_usbdev(intf)->reset_resume = 1;
	KUNIT_EXPECT_EQ(test, usb_system_up(intf), 0);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 2);
	KUNIT_EXPECT_EQ(test, bus_log.previous, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, bus_log.prepares, 1);
	KUNIT_EXPECT_EQ(test, bus_log.ddev->power, DMF_POWER_D0);
}

static void system_sleep_of_a_suspended_device_resumes_it_first(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	KUNIT_EXPECT_GE(test, usb_idle(intf), 0);
	KUNIT_EXPECT_EQ(test, usb_system_down(intf), 0);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 2);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 2);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, usb_system_up(intf), 0);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 3);
}

static void system_sleep_is_aborted_by_an_error(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	bus_log.fail_exit = -EIO;
	KUNIT_EXPECT_EQ(test, usb_system_down(intf), -EIO);
	KUNIT_EXPECT_NE(test, interface_to_usbdev(intf)->state, USB_STATE_SUSPENDED);
	KUNIT_EXPECT_EQ(test, bus_log.ddev->power, DMF_POWER_D0);
	bus_log.fail_exit = 0;
	pm_runtime_put(&intf->dev);
}

static void plug_pulled_while_the_system_sleeps(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	KUNIT_EXPECT_EQ(test, usb_system_down(intf), 0);
	gadget_unplug();
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&fake_unbound, DMF_KUNIT_TIMEOUT), 0);
	KUNIT_EXPECT_EQ(test, bus_log.surprises, 1);
	KUNIT_EXPECT_EQ(test, bus_log.releases, 1);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 1);
}

/* -- The system goes down ---------------------------------------------------- */

static void shutdown_takes_the_device_down(struct kunit *test)
{
	struct usb_interface *intf = usb_plug(test);

	intf->dev.driver->shutdown(&intf->dev);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_io_error(bus_log.ddev), -ESHUTDOWN);
}

static struct kunit_case usb_cases[] = {
	KUNIT_CASE(bind_and_unbind),
	KUNIT_CASE(probe_that_fails_leaves_nothing_behind),
	KUNIT_CASE(pulling_the_plug_is_a_surprise),
	KUNIT_CASE(reset_of_a_working_device_binds_it_again),
	KUNIT_CASE(autosuspend_is_forbidden_until_it_is_allowed),
	KUNIT_CASE(autosuspend_and_resume),
	KUNIT_CASE(autosuspend_that_fails_is_tried_again),
	KUNIT_CASE(unbinding_a_suspended_device_resumes_it_first),
	KUNIT_CASE(system_sleep),
	KUNIT_CASE(system_sleep_with_loss_of_power),
	KUNIT_CASE(system_sleep_of_a_suspended_device_resumes_it_first),
	KUNIT_CASE(system_sleep_is_aborted_by_an_error),
	KUNIT_CASE(plug_pulled_while_the_system_sleeps),
	KUNIT_CASE(shutdown_takes_the_device_down),
	{ }
};

static struct kunit_suite usb_suite = {
	.name = "dmf_usb",
	.test_cases = usb_cases,
};

kunit_test_suite(usb_suite);
