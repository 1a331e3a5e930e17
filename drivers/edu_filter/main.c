// SPDX-License-Identifier: GPL-2.0-only
/*
 * A filter on the edu driver: counts the factorials that are asked for, and refuses
 * operands above a limit with EPERM. All else goes down to the edu driver as if the
 * filter were not there: the node, its stream and its other commands.
 *
 * The count is the attribute "factorials" of the filter's device on the auxiliary bus.
 */
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/kstrtox.h>

#include <linux/dmf/filter.h>
#include <linux/dmf/request.h>
#include <uapi/linux/dmf/edu.h>

static unsigned int limit = UINT_MAX;
module_param(limit, uint, 0644);
MODULE_PARM_DESC(limit, "the largest operand that may be asked for (default: any)");

struct edu_filter {
	atomic_t factorials;
};

/* Return: true if the request has been refused, false to let it go down. */
static bool edu_filter_look(struct dmf_device *ddev, struct dmf_request *request, u32 operand)
{
	struct edu_filter *filter = dmf_device_get_drvdata(ddev);

	if (operand > READ_ONCE(limit)) {
		dmf_request_complete(request, -EPERM);
		return true;
	}
	atomic_inc(&filter->factorials);
	return false;
}

static bool edu_filter_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	if (dmf_request_command(request) != DMF_EDU_IOC_FACTORIAL)
		return false;
	return edu_filter_look(ddev, request, *(const u32 *)dmf_request_input(request));
}

/* What is no number the edu driver refuses. */
static bool edu_filter_queue_io_write(struct dmf_device *ddev, struct dmf_request *request)
{
	u32 operand;

	if (kstrtou32(dmf_request_input(request), 10, &operand))
		return false;
	return edu_filter_look(ddev, request, operand);
}

static ssize_t factorials_show(struct device *dev, struct device_attribute *attribute, char *text)
{
	struct edu_filter *filter = dmf_device_get_drvdata(dev_get_drvdata(dev));

	return sysfs_emit(text, "%d\n", atomic_read(&filter->factorials));
}
static DEVICE_ATTR_RO(factorials);

static struct attribute *edu_filter_attributes[] = { &dev_attr_factorials.attr, NULL };
static const struct attribute_group edu_filter_group = { .attrs = edu_filter_attributes };

static int edu_filter_prepare_hardware(struct dmf_device *ddev)
{
	return device_add_group(dmf_device_dev(ddev), &edu_filter_group);
}

static void edu_filter_release_hardware(struct dmf_device *ddev)
{
	device_remove_group(dmf_device_dev(ddev), &edu_filter_group);
}

static const struct dmf_client_ops edu_filter_ops = {
	.prepare_hardware	= edu_filter_prepare_hardware,
	.release_hardware	= edu_filter_release_hardware,
	.device_io_control	= edu_filter_device_io_control,
	.queue_io_write		= edu_filter_queue_io_write,
};

static const struct auxiliary_device_id edu_filter_ids[] = {
	{ .name = "dmf_edu.filter" }, { }
};

module_dmf_filter_driver(edu_filter_driver, edu_filter_ids, &edu_filter_ops,
			 sizeof(struct edu_filter));

MODULE_DESCRIPTION("DMF filter on the edu driver");
MODULE_LICENSE("GPL");
