// SPDX-License-Identifier: GPL-2.0-only
/*
 * Template: keeps numbers and gives back the latest first.
 *
 * Say here how it is built: states, who owns what, lock order. This one is an
 * array on the undo list of open(), so that it goes with close; the Module's lock
 * guards it. Methods enter the Module's gate first: a closed one has no array.
 */
#include <linux/device.h>
#include <linux/overflow.h>
#include <linux/seq_file.h>

#include <linux/dmf/module.h>
#include <linux/dmf/template.h>

struct dmf_template {
	struct dmf_module module;
	u32 limit;			/* fixed by open() */
	u32 count;			/* under the Module's lock */
	u32 *numbers;			/* the same; @limit of them, @count in use */
};

static struct dmf_template *to_template(struct dmf_module *module)
{
	return container_of(module, struct dmf_template, module);
}

static int template_open(struct dmf_module *module)
{
	const struct dmf_template_config *config = dmf_module_config(module);
	struct dmf_template *self = to_template(module);

	if (!config->limit) {
		dev_err(dmf_module_device(module), "%s: Config has no limit\n",
			dmf_module_name(module));
		return -EINVAL;
	}

	self->limit = config->limit;
	self->numbers = dmf_module_kzalloc(module, array_size(config->limit, sizeof(u32)));
	return self->numbers ? 0 : -ENOMEM;
}

/* Nobody is inside the gate. What open() has put on the undo list goes after this. */
static void template_close(struct dmf_module *module)
{
	struct dmf_template *self = to_template(module);

	self->count = 0;
	self->numbers = NULL;
}

static void template_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_template *self = to_template(module);

	seq_printf(seq, "count=%u", READ_ONCE(self->count));
}

static const struct dmf_module_ops template_ops = {
	.open	= template_open,
	.close	= template_close,
	.show	= template_show,
};

static const struct dmf_module_desc template_desc = {
	.name		= "template",
	.size		= sizeof(struct dmf_template),
	.config_size	= sizeof(struct dmf_template_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &template_ops,
};

DMF_DEFINE_MODULE(template);
EXPORT_SYMBOL_NS_GPL(dmf_template_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_template_create, DMF);

static int template_store_locked(struct dmf_template *self, u32 number)
{
	if (self->count == self->limit)
		return -ENOSPC;

	self->numbers[self->count] = number;
	WRITE_ONCE(self->count, self->count + 1);
	return 0;
}

static int template_take_locked(struct dmf_template *self, u32 *number)
{
	if (!self->count)
		return -ENOENT;

	WRITE_ONCE(self->count, self->count - 1);
	*number = self->numbers[self->count];
	return 0;
}

int dmf_template_store(struct dmf_template *self, u32 number)
{
	int ret = dmf_module_acquire(&self->module);

	if (ret)
		return ret;

	dmf_module_lock(&self->module);
	ret = template_store_locked(self, number);
	dmf_module_unlock(&self->module);
	dmf_module_release(&self->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_template_store, DMF);

int dmf_template_take(struct dmf_template *self, u32 *number)
{
	int ret = dmf_module_acquire(&self->module);

	if (ret)
		return ret;

	dmf_module_lock(&self->module);
	ret = template_take_locked(self, number);
	dmf_module_unlock(&self->module);
	dmf_module_release(&self->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_template_take, DMF);
