// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transports: a child that the Client chooses.
 *
 * A Module whose descriptor names a required transport interface leaves one of
 * its children to whoever adds it: the attributes' transport_module_add() adds
 * it, after the Module's own children, so that it opens after them and before
 * the Module. It is a child like any other; the core checks that there is
 * exactly one and that it speaks what the Module requires, and the Module calls
 * its transport method without knowing what kind of Module it is.
 *
 * A transport belongs to one parent for life. Modules that are to be put
 * together and taken apart at run time are bound by interfaces (interface.c).
 */
#include <linux/device.h>

#include "internal.h"

static int transport_check(const struct dmf_module *module, const struct dmf_module *transport)
{
	const guid_t *required = module->desc->required_transport_interface_guid;
	const struct dmf_module_desc *desc = transport->desc;
	struct device *dev = module->ddev->dev;

	if (!desc->supported_transport_interface_guid || !desc->transport_method) {
		dev_err(dev, "%s: %s cannot serve as a transport\n", module->name,
			transport->name);
		return -EINVAL;
	}
	if (!guid_equal(desc->supported_transport_interface_guid, required)) {
		dev_err(dev, "%s: transport %s speaks %pUl, %pUl is required\n", module->name,
			transport->name, desc->supported_transport_interface_guid, required);
		return -EINVAL;
	}
	return 0;
}

static size_t transport_count(const struct dmf_module *module)
{
	struct list_head *child;
	size_t count = 0;

	list_for_each(child, &module->children)
		count++;
	return count;
}

/*
 * Have the Client add the transport that a Module requires, if it does. On
 * failure the caller destroys what has been added, together with the Module.
 */
int dmf_transport_add(struct dmf_module *module, const struct dmf_module_attributes *attributes)
{
	struct dmf_module_init below = {
		.ddev = module->ddev,
		.parent = module,
		.dynamic = module->dynamic,
	};
	struct device *dev = module->ddev->dev;
	struct dmf_module *transport;
	size_t before, added;
	u64 begin;
	int ret;

	if (!module->desc->required_transport_interface_guid)
		return 0;
	if (!attributes->transport_module_add) {
		dev_err(dev, "%s: requires a transport, the attributes have no transport_module_add\n",
			module->name);
		return -EINVAL;
	}

	before = transport_count(module);
	begin = dmf_event_begin();
	ret = dmf_event_end(module, "transport_module_add", begin,
			    attributes->transport_module_add(module, &below));
	if (ret)
		return ret;

	added = transport_count(module) - before;
	if (added != 1) {
		dev_err(dev, "%s: requires one transport, transport_module_add has added %zu\n",
			module->name, added);
		return -EINVAL;
	}
	transport = list_last_entry(&module->children, struct dmf_module, sibling);
	ret = transport_check(module, transport);
	if (ret)
		return ret;

	transport->is_transport = true;
	module->transport = transport;
	return 0;
}

/**
 * dmf_module_transport_get - the transport of a Module
 * @module: the Module whose code calls
 *
 * DMF: DMF_ModuleTransportGet.
 *
 * Context: any; from open() on, as the transport is added after the Module's
 * own children.
 * Return: the transport, which lives as long as @module; NULL if @module's
 * descriptor requires none.
 */
struct dmf_module *dmf_module_transport_get(const struct dmf_module *module)
{
	return module->transport;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_transport_get, DMF);

/**
 * dmf_module_transport_call - call the transport of a Module
 * @module: the Module whose code calls
 * @message: what is to be done; defined, like input and output, with the
 *	transport interface's GUID
 * @input: data for the transport, or NULL; stays the caller's
 * @input_size: in bytes
 * @output: where the transport stores its answer, or NULL; stays the caller's
 * @output_size: in bytes
 *
 * The transport does not close while it is in its transport method.
 *
 * DMF: DMF_ModuleTransportCall.
 *
 * Context: the one that the definition of the transport interface states.
 * Return: what the transport method returns; -ENODEV if the transport is not
 * open; -EINVAL, with a warning, if @module requires no transport.
 */
int dmf_module_transport_call(struct dmf_module *module, u32 message,
			      const void *input, size_t input_size,
			      void *output, size_t output_size)
{
	struct dmf_module *transport = module->transport;
	int ret;

	if (WARN_ON_ONCE(!transport))
		return -EINVAL;
	ret = dmf_module_acquire(transport);
	if (ret)
		return ret;

	ret = transport->desc->transport_method(transport, message, input, input_size,
						output, output_size);
	dmf_module_release(transport);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_transport_call, DMF);
