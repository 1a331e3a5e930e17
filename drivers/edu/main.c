// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client Driver for QEMU's edu device, PCI 1234:11e8, which computes factorials:
 *   interrupt -> Doorbell -> NotifyUserWithRequest -> /dev/dmf/edu<n>
 */
#include <linux/wait_bit.h>

#include <linux/dmf/branch_track.h>
#include <linux/dmf/doorbell.h>
#include <linux/dmf/filter.h>
#include <linux/dmf/live_kernel_dump.h>
#include <linux/dmf/notify_user_with_request.h>
#include <linux/dmf/pci.h>
#include <linux/dmf/recorder.h>
#include <linux/dmf/request.h>
#include <uapi/linux/dmf/edu.h>

#include "regs.h"

struct edu {
	void __iomem *regs;
	struct dmf_doorbell *bell;
	struct dmf_notify_user_with_request *notify;
	u32 operand;
	unsigned long busy;	/* bit 0: @operand is being computed; keeps the device awake */
};

#define EDU_BRANCHES(X)							\
	X(result, RUN)							\
	X(interrupt_of_another, OPTIONAL)				\
	X(bell_before_the_end, OPTIONAL)				\
	X(asked_while_busy, OPTIONAL)					\
	X(not_finished_in_time, NEVER)

DMF_BRANCHES(edu, EDU_BRANCHES);

static irqreturn_t edu_irq(int irq, void *data)
{
	struct edu *edu = data;
	u32 status = readl(edu->regs + EDU_IRQ_STATUS);

	if (!status) {
		DMF_BRANCH(edu, dmf_doorbell_device(edu->bell), interrupt_of_another);
		return IRQ_NONE;
	}
	writel(status, edu->regs + EDU_IRQ_ACK);
	dmf_doorbell_ring(edu->bell);
	return IRQ_HANDLED;
}

static void edu_irq_enable(void *data)
{
	struct edu *edu = data;

	writel(EDU_STATUS_IRQ, edu->regs + EDU_STATUS);
}

static void edu_irq_disable(void *data)
{
	struct edu *edu = data;

	writel(0, edu->regs + EDU_STATUS);
	readl(edu->regs + EDU_STATUS);	/* posts the write */
}

static void edu_result_ready(struct dmf_doorbell *bell)
{
	struct dmf_device *ddev = dmf_doorbell_device(bell);
	struct edu *edu = dmf_device_get_drvdata(ddev);
	struct dmf_edu_factorial factorial = { .operand = edu->operand };

	if (readl(edu->regs + EDU_STATUS) & EDU_STATUS_COMPUTING) {
		DMF_BRANCH(edu, ddev, bell_before_the_end);
		return;
	}
	factorial.result = readl(edu->regs + EDU_FACTORIAL);
	if (!test_and_clear_bit(0, &edu->busy))
		return;
	wake_up_bit(&edu->busy, 0);
	dmf_record(dmf_notify_user_with_request_module(edu->notify), "%u! is %u",
		   factorial.operand, factorial.result);
	DMF_BRANCH(edu, ddev, result);
	dmf_notify_user_with_request_data_process(edu->notify, NULL, &factorial, 0);
	pm_runtime_put(dmf_device_dev(ddev));
}

static bool edu_ask(struct dmf_device *ddev, struct dmf_request *request, u32 operand, int ret)
{
	struct edu *edu = dmf_device_get_drvdata(ddev);

	if (!ret && (readl(edu->regs + EDU_STATUS) & EDU_STATUS_COMPUTING ||
		     test_and_set_bit_lock(0, &edu->busy)))
		ret = -EBUSY;
	DMF_BRANCH_CONDITIONAL(edu, ddev, asked_while_busy, ret == -EBUSY);
	if (!ret) {
		pm_runtime_get_noresume(dmf_device_dev(ddev));
		edu->operand = operand;
		writel(operand, edu->regs + EDU_FACTORIAL);
	}
	dmf_request_complete(request, ret);
	return true;
}

static bool edu_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	if (dmf_request_command(request) != DMF_EDU_IOC_FACTORIAL)
		return false;
	return edu_ask(ddev, request, *(const u32 *)dmf_request_input(request), 0);
}

static bool edu_queue_io_write(struct dmf_device *ddev, struct dmf_request *request)
{
	u32 operand = 0;
	int ret = kstrtou32(dmf_request_input(request), 10, &operand);

	return edu_ask(ddev, request, operand, ret);
}

static int edu_prepare_hardware(struct dmf_device *ddev)
{
	struct edu *edu = dmf_device_get_drvdata(ddev);
	const struct dmf_interrupt interrupt = {
		.handler = edu_irq, .data = edu,
		.irq_enable = edu_irq_enable, .irq_disable = edu_irq_disable,
	};

	edu->regs = dmf_pci_iomap(ddev, EDU_BAR);
	return edu->regs ? dmf_pci_request_irq(ddev, 0, &interrupt) : -ENOMEM;
}

/* Let the device finish while its interrupt can still say so. */
static int edu_finish(struct dmf_device *ddev, enum dmf_power target)
{
	struct edu *edu = dmf_device_get_drvdata(ddev);

	if (!wait_on_bit_timeout(&edu->busy, 0, TASK_UNINTERRUPTIBLE, HZ))
		return 0;
	DMF_BRANCH(edu, ddev, not_finished_in_time);
	if (target == DMF_POWER_FINAL && test_and_clear_bit(0, &edu->busy))
		pm_runtime_put_noidle(dmf_device_dev(ddev));
	return -EBUSY;
}

static int edu_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct edu *edu = dmf_device_get_drvdata(ddev);
	const struct dmf_doorbell_config bell = { .ring = edu_result_ready };
	const struct dmf_notify_user_with_request_config notify = {
		.max_pending_data = 256, .data_size = sizeof(struct dmf_edu_factorial),
		.event_type = DMF_EDU_EVENT_FACTORIAL,
	};
	const struct dmf_module_attributes factorial = {
		.instance_name = "factorial", .recorder_size = 4096,
	};

	return dmf_doorbell_add(init, &bell, NULL, &edu->bell) ?:
	       dmf_notify_user_with_request_add(init, &notify, &factorial, &edu->notify);
}

static const struct dmf_branch_track_config edu_branch_track = { .branches = &edu_branches };

static const struct dmf_client_ops edu_ops = {
	.modules_add = edu_modules_add, .prepare_hardware = edu_prepare_hardware,
	.d0_exit_pre_interrupts_disabled = edu_finish, .filterable = &dmf_filterable,
	.device_io_control = edu_device_io_control, .queue_io_write = edu_queue_io_write,
	.branch_track = &edu_branch_track,
	.live_kernel_dump = &(const struct dmf_live_kernel_dump_config) { .report_type = "edu" },
};

static const struct pci_device_id edu_ids[] = { { PCI_DEVICE(0x1234, 0x11e8) }, { } };

module_dmf_pci_driver(edu_driver, edu_ids, &edu_ops, sizeof(struct edu));

MODULE_DESCRIPTION("DMF Client Driver for QEMU's edu device");
MODULE_LICENSE("GPL");
