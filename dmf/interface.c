// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interfaces: which protocol Module is bound to which transport Module.
 *
 * A binding is in its device's list from before bind() is called until after
 * unbind() has returned, so the list alone decides what is a duplicate, and who
 * finds no binding in it knows that every callback of it has returned.
 *
 *   opening -> opened -> closing -> gone
 *      |
 *      +-> gone                         bind() failed; nothing else is called
 *
 * One task at a time binds or unbinds a binding; it is written down in the
 * binding. Whoever wants to unbind one that another task has in its hands waits
 * until it is complete or gone, and looks again. So the loser of a race returns
 * when the winner is done, and bind() is never overtaken.
 *
 * The gate of the binding decides whether it may be used. It is entered by
 * references and by methods, which enter the gate of the called Module too: a
 * binding outlives closing and opening of its Modules.
 *
 * Before a Module closes for good it is marked, which refuses new bindings, and
 * what is bound to it or to a Module below it is unbound, the latest first. A
 * Module that was created but not brought up is unbound when it is destroyed.
 */
#include <linux/device.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/interface.h>

#include "internal.h"

static const char * const state_names[] = {
	[DMF_INTERFACE_OPENING]	= "opening",
	[DMF_INTERFACE_OPENED]	= "opened",
	[DMF_INTERFACE_CLOSING]	= "closing",
};

/**
 * struct interface_search - which binding a task wants to unbind
 * @name: this interface, between @protocol and @transport; NULL for any between
 *	@module, or a Module below it, and whatever.
 * @protocol: see @name.
 * @transport: see @name.
 * @module: see @name; NULL for all Modules of the device.
 * @found: the binding, which is the caller's to unbind; NULL if there is none.
 * @own: there is one, but the caller is in a callback of it.
 */
struct interface_search {
	const char *name;
	const struct dmf_module *protocol;
	const struct dmf_module *transport;
	const struct dmf_module *module;
	struct dmf_interface *found;
	bool own;
};

void dmf_interfaces_init(struct dmf_device *ddev)
{
	INIT_LIST_HEAD(&ddev->interfaces);
	spin_lock_init(&ddev->interfaces_lock);
	init_waitqueue_head(&ddev->interfaces_wait);
}

/* -- What Modules implement ------------------------------------------------------- */

static const struct dmf_interface_desc *interface_desc(const struct dmf_module *module,
						       const char *name, bool transport)
{
	const struct dmf_interface_desc *desc = module->desc->interfaces;

	for (; desc && desc->name; desc++)
		if ((transport ? !!desc->transport : !!desc->protocol) && !strcmp(desc->name, name))
			return desc;

	dev_err(module->ddev->dev, "%s: is not a %s of interface %s\n", module->name,
		transport ? "transport" : "protocol", name);
	return NULL;
}

/* -- Bindings as objects ---------------------------------------------------------- */

static void interface_free(struct dmf_interface *interface)
{
	lockdep_unregister_key(&interface->key);
	kfree(interface->transport_context);
	kfree(interface->protocol_context);
	kfree(interface);
}

static int interface_alloc_contexts(struct dmf_interface *interface)
{
	size_t above = interface->protocol->context_size;
	size_t below = interface->transport->context_size;

	if (above) {
		interface->protocol_context = kzalloc(above, GFP_KERNEL);
		if (!interface->protocol_context)
			return -ENOMEM;
	}
	if (below) {
		interface->transport_context = kzalloc(below, GFP_KERNEL);
		if (!interface->transport_context)
			return -ENOMEM;
	}
	return 0;
}

static struct dmf_interface *interface_alloc(struct dmf_module *protocol,
					     struct dmf_module *transport, const char *name)
{
	const struct dmf_interface_desc *above = interface_desc(protocol, name, false);
	const struct dmf_interface_desc *below = interface_desc(transport, name, true);
	struct dmf_interface *interface;
	int ret;

	if (!above || !below)
		return ERR_PTR(-EINVAL);
	interface = kzalloc(sizeof(*interface), GFP_KERNEL);
	if (!interface)
		return ERR_PTR(-ENOMEM);

	lockdep_register_key(&interface->key);
	__dmf_gate_init(&interface->gate, false, "dmf_interface", &interface->key, 0);
	interface->name = above->name;
	interface->protocol_module = protocol;
	interface->transport_module = transport;
	interface->task = current;
	interface->protocol = above->protocol;
	interface->transport = below->transport;
	ret = interface_alloc_contexts(interface);
	if (ret) {
		interface_free(interface);
		return ERR_PTR(ret);
	}
	return interface;
}

/* -- The list of a device --------------------------------------------------------- */

static bool interface_is(const struct dmf_interface *interface, const struct dmf_module *protocol,
			 const struct dmf_module *transport, const char *name)
{
	return interface->protocol_module == protocol &&
	       interface->transport_module == transport && !strcmp(interface->name, name);
}

static bool module_is_below(const struct dmf_module *module, const struct dmf_module *above)
{
	while (module && module != above)
		module = module->parent;
	return module;
}

static bool module_is_unbinding(const struct dmf_module *module)
{
	while (module && !module->unbinding)
		module = module->parent;
	return module;
}

static int interface_may_link(struct dmf_device *ddev, const struct dmf_interface *interface)
{
	const struct dmf_interface *other;

	lockdep_assert_held(&ddev->interfaces_lock);
	if (ddev->unbinding || module_is_unbinding(interface->protocol_module) ||
	    module_is_unbinding(interface->transport_module))
		return -ENODEV;

	list_for_each_entry(other, &ddev->interfaces, node)
		if (interface_is(other, interface->protocol_module, interface->transport_module,
				 interface->name))
			return -EEXIST;
	return 0;
}

static int interface_link(struct dmf_device *ddev, struct dmf_interface *interface)
{
	int ret;

	spin_lock(&ddev->interfaces_lock);
	ret = interface_may_link(ddev, interface);
	if (!ret)
		list_add_tail(&interface->node, &ddev->interfaces);
	spin_unlock(&ddev->interfaces_lock);
	return ret;
}

static void interface_unlink(struct dmf_device *ddev, struct dmf_interface *interface)
{
	spin_lock(&ddev->interfaces_lock);
	list_del(&interface->node);
	spin_unlock(&ddev->interfaces_lock);
	wake_up_all(&ddev->interfaces_wait);
}

/* The binding is complete; others may unbind it. */
static void interface_hand_over(struct dmf_device *ddev, struct dmf_interface *interface)
{
	spin_lock(&ddev->interfaces_lock);
	interface->task = NULL;
	spin_unlock(&ddev->interfaces_lock);
	wake_up_all(&ddev->interfaces_wait);
}

static bool interface_matches(const struct dmf_interface *interface,
			      const struct interface_search *search)
{
	if (search->name)
		return interface_is(interface, search->protocol, search->transport, search->name);
	return !search->module || module_is_below(interface->protocol_module, search->module) ||
	       module_is_below(interface->transport_module, search->module);
}

/* Look for the latest that matches. Return: false if another task has it in hand. */
static bool interface_try_claim(struct dmf_device *ddev, struct interface_search *search)
{
	struct dmf_interface *interface;
	bool busy = false;

	search->found = NULL;
	search->own = false;
	spin_lock(&ddev->interfaces_lock);
	list_for_each_entry_reverse(interface, &ddev->interfaces, node) {
		if (!interface_matches(interface, search))
			continue;
		search->own = interface->task == current;
		busy = interface->task && !search->own;
		if (!interface->task) {
			interface->task = current;
			search->found = interface;
		}
		break;
	}
	spin_unlock(&ddev->interfaces_lock);
	return !busy;
}

/* -- Unbinding -------------------------------------------------------------------- */

/* Undo a binding that is complete and claimed. */
static void interface_take_down(struct dmf_device *ddev, struct dmf_interface *interface)
{
	const struct dmf_interface_protocol *protocol = interface->protocol;
	const struct dmf_interface_transport *transport = interface->transport;

	if (protocol->pre_unbind)
		protocol->pre_unbind(interface);
	if (transport->pre_unbind)
		transport->pre_unbind(interface);

	WRITE_ONCE(interface->state, DMF_INTERFACE_CLOSING);
	dmf_gate_close(&interface->gate);
	if (protocol->unbind)
		protocol->unbind(interface);

	interface_unlink(ddev, interface);
	interface_free(interface);
}

static void interfaces_take_down(struct dmf_device *ddev, const struct dmf_module *module)
{
	struct interface_search search = { .module = module };

	for (;;) {
		wait_event(ddev->interfaces_wait, interface_try_claim(ddev, &search));
		if (WARN_ON(search.own) || !search.found)
			return;
		interface_take_down(ddev, search.found);
	}
}

/* Refuse new bindings of a Module and of those below it, and undo those that are. */
void dmf_interfaces_unbind_all(struct dmf_module *module)
{
	struct dmf_device *ddev = module->ddev;

	spin_lock(&ddev->interfaces_lock);
	module->unbinding = true;
	spin_unlock(&ddev->interfaces_lock);
	interfaces_take_down(ddev, module);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_interfaces_unbind_all);

/* The same for all Modules of a device. */
void dmf_interfaces_stop(struct dmf_device *ddev)
{
	spin_lock(&ddev->interfaces_lock);
	ddev->unbinding = true;
	spin_unlock(&ddev->interfaces_lock);
	interfaces_take_down(ddev, NULL);
}

/**
 * dmf_module_interface_unbind - undo dmf_module_interface_bind()
 * @protocol: the upper Module
 * @transport: the lower Module
 * @name: name of the interface
 *
 * Waits for those who use the binding, and for another task that binds or
 * unbinds the two. Neither Module may be destroyed before the call has begun.
 *
 * DMF: DMF_ModuleInterfaceUnbind.
 *
 * Context: process, may sleep; not within a method of the interface.
 * Return: 0: the two are not bound any more and every callback has returned;
 * -ENOENT if there was nothing to unbind, or another task has unbound it;
 * -EDEADLK, with a warning, if a callback of the binding calls.
 */
int dmf_module_interface_unbind(struct dmf_module *protocol, struct dmf_module *transport,
				const char *name)
{
	struct interface_search search = {
		.name = name, .protocol = protocol, .transport = transport,
	};
	struct dmf_device *ddev = protocol->ddev;
	int ret = -ENOENT;

	/* The Modules may go, and the device with them, when the binding has gone. */
	dmf_device_get(ddev);
	wait_event(ddev->interfaces_wait, interface_try_claim(ddev, &search));
	if (WARN_ON(search.own)) {
		ret = -EDEADLK;
	} else if (search.found) {
		interface_take_down(ddev, search.found);
		ret = 0;
	}
	dmf_device_put(ddev);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_interface_unbind, DMF);

/* -- Binding ---------------------------------------------------------------------- */

/* Call the callbacks of a binding that is in the list. */
static int interface_bring_up(struct dmf_interface *interface)
{
	const struct dmf_interface_protocol *protocol = interface->protocol;
	const struct dmf_interface_transport *transport = interface->transport;
	u64 begin = dmf_event_begin();
	int ret = 0;

	if (protocol->bind)
		ret = dmf_event_end(interface->protocol_module, "interface bind", begin,
				    protocol->bind(interface));
	if (ret)
		return ret;

	WRITE_ONCE(interface->state, DMF_INTERFACE_OPENED);
	dmf_gate_reopen(&interface->gate);
	if (transport->post_bind)
		transport->post_bind(interface);
	if (protocol->post_bind)
		protocol->post_bind(interface);
	return 0;
}

static int interface_bind(struct dmf_device *ddev, struct dmf_interface *interface)
{
	int ret = interface_link(ddev, interface);

	if (ret)
		goto free_interface;
	ret = interface_bring_up(interface);
	if (ret)
		goto unlink_interface;

	interface_hand_over(ddev, interface);
	return 0;

unlink_interface:
	interface_unlink(ddev, interface);
free_interface:
	interface_free(interface);
	return ret;
}

/**
 * dmf_module_interface_bind - bind a protocol to a transport
 * @protocol: the upper Module; its descriptor lists the interface
 * @transport: the lower Module, of the same device; its descriptor lists the
 *	interface
 * @name: name of the interface; see dmf_interface_bind()
 *
 * The Modules may be open or closed. Neither may be destroyed before the call
 * has begun. The binding is undone by dmf_module_interface_unbind(), or by the
 * core before one of the Modules closes for good.
 *
 * DMF: DMF_ModuleInterfaceBind.
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL if a Module does not implement its side; -EXDEV if they are
 * of different devices; -EEXIST if they are bound by this interface, or are being
 * bound or unbound; -ENODEV if one of them is about to be destroyed; -ENOMEM; or
 * what bind() of the protocol has returned.
 */
int dmf_module_interface_bind(struct dmf_module *protocol, struct dmf_module *transport,
			      const char *name)
{
	struct dmf_device *ddev = protocol->ddev;
	struct dmf_interface *interface;
	int ret;

	if (transport->ddev != ddev) {
		dev_err(ddev->dev, "%s: cannot be bound to %s of %s\n", protocol->name,
			transport->name, dev_name(transport->ddev->dev));
		return -EXDEV;
	}
	interface = interface_alloc(protocol, transport, name);
	if (IS_ERR(interface))
		return PTR_ERR(interface);

	/* The Modules may go, and the device with them, once another task may unbind. */
	dmf_device_get(ddev);
	ret = interface_bind(ddev, interface);
	dmf_device_put(ddev);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_interface_bind, DMF);

/* -- The live tree ---------------------------------------------------------------- */

void dmf_interfaces_show(struct dmf_device *ddev, struct seq_file *seq)
{
	const struct dmf_interface *interface;

	spin_lock(&ddev->interfaces_lock);
	list_for_each_entry(interface, &ddev->interfaces, node) {
		seq_printf(seq, "  interface=%s protocol=", interface->name);
		dmf_text_show(seq, interface->protocol_module->name);
		seq_puts(seq, " transport=");
		dmf_text_show(seq, interface->transport_module->name);
		seq_printf(seq, " state=%s users=%u\n", state_names[READ_ONCE(interface->state)],
			   dmf_gate_users(&interface->gate));
	}
	spin_unlock(&ddev->interfaces_lock);
}
