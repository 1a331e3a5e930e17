/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces: Modules bound to each other at run time, a protocol above and a
 * transport below, each knowing the other by the interface alone.
 */
#ifndef _LINUX_DMF_INTERFACE_H
#define _LINUX_DMF_INTERFACE_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/stddef.h>

#include <linux/dmf/gate.h>
#include <linux/dmf/module.h>
#include <linux/dmf/types.h>

struct task_struct;

/**
 * DOC: Interfaces
 *
 * An interface is a header: DMF_DECLARE_INTERFACE(), one table of methods that a
 * transport implements, one that a protocol implements, and for each method a
 * small function that enters the binding and calls it::
 *
 *	DMF_DECLARE_INTERFACE(register_access);
 *
 *	struct dmf_register_access_transport {
 *		struct dmf_interface_transport transport;
 *		int (*read)(struct dmf_register_access_interface *interface,
 *			    u32 address, u32 *value);
 *	};
 *
 *	struct dmf_register_access_protocol {
 *		struct dmf_interface_protocol protocol;
 *	};
 *
 * A Module lists what it implements in &struct dmf_module_desc.interfaces::
 *
 *	static const struct dmf_interface_desc memory_interfaces[] = {
 *		DMF_INTERFACE_TRANSPORT(register_access, memory_registers),
 *		{ }
 *	};
 *
 * Whoever has both handles binds the two Modules with dmf_interface_bind(); each
 * Module may be bound to any number of others, once to each by one interface.
 *
 * Binding calls bind() of the protocol, which may refuse. Then the binding is
 * open, and post_bind() of the transport and of the protocol tell so. A bind()
 * that fails has bound nothing: nothing else is called.
 *
 * Unbinding calls pre_unbind() of the protocol and of the transport while the
 * binding is still open, refuses further use, waits for those inside, calls
 * unbind() of the protocol, and frees the binding. None of these is called
 * twice, nor two at a time for one binding.
 *
 * What a binding is not: it neither opens a Module nor keeps one open. It stays
 * while a Module is closed because the device sleeps or a resource is gone; the
 * methods answer -ENODEV meanwhile, as they enter the gate of the Module that
 * they call. It is unbound before either Module closes for good: when the device
 * is unbound, before its way down begins; when a dynamic Module is destroyed,
 * before that closes. Where probe fails, Modules may have closed already.
 *
 * A protocol may use its handle of the binding from bind() until unbind()
 * returns, a transport from post_bind(), or a method called on it, until
 * pre_unbind() returns, and longer while it holds a reference. Modules that use
 * the handle elsewhere than in methods of the interface keep it under a lock of
 * their own and forget it there.
 */

/**
 * enum dmf_interface_state - how far a binding is
 * @DMF_INTERFACE_OPENING: bind() runs.
 * @DMF_INTERFACE_OPENED: methods work.
 * @DMF_INTERFACE_CLOSING: those inside are waited for, or unbind() runs.
 *
 * DMF: the states of DMFINTERFACE; those left out are visible to nobody here.
 */
enum dmf_interface_state {
	DMF_INTERFACE_OPENING,
	DMF_INTERFACE_OPENED,
	DMF_INTERFACE_CLOSING,
};

/**
 * struct dmf_interface - one binding of a protocol to a transport
 *
 * No field is for Modules; see the functions below. It is the only member of
 * the typed handle, &struct dmf_<name>_interface.
 *
 * DMF: DMFINTERFACE.
 */
struct dmf_interface {
	/* private: */
	struct list_head node;		/* in the device's list, under its interfaces_lock */
	const char *name;
	struct dmf_module *protocol_module;
	struct dmf_module *transport_module;
	const struct dmf_interface_protocol *protocol;
	const struct dmf_interface_transport *transport;
	void *protocol_context;
	void *transport_context;
	enum dmf_interface_state state;	/* written by @task; others take it as a hint */
	struct task_struct *task;	/* which binds or unbinds; under interfaces_lock */
	struct dmf_gate gate;		/* open from bind() to pre_unbind() */
	struct lock_class_key key;	/* of @gate: a method of one may close another */
};

/**
 * struct dmf_interface_protocol - the upper side of an interface
 * @context_size: bytes that the protocol wants with each binding, zeroed; 0 for
 *	none.
 * @bind: the first to be called; methods do not work yet. Returns 0, or -errno to
 *	refuse.
 * @unbind: the last to be called; nobody is inside the binding any more.
 * @post_bind: methods work; after that of the transport.
 * @pre_unbind: methods still work; before that of the transport. References must
 *	be given back here at the latest.
 *
 * The first member of a table of methods. Callbacks may be NULL, are called in
 * process context without locks, and may sleep. They may not unbind the binding
 * that they are called for, nor destroy one of its Modules.
 *
 * DMF: DMF_INTERFACE_PROTOCOL_DESCRIPTOR, EVT_DMF_INTERFACE_ProtocolBind,
 * _ProtocolUnbind, _PostBind, _PreUnbind, DMF_INTERFACE_DESCRIPTOR_SET_CONTEXT_TYPE.
 */
struct dmf_interface_protocol {
	size_t context_size;
	int (*bind)(struct dmf_interface *interface);
	void (*unbind)(struct dmf_interface *interface);
	void (*post_bind)(struct dmf_interface *interface);
	void (*pre_unbind)(struct dmf_interface *interface);
};

/**
 * struct dmf_interface_transport - the lower side of an interface
 * @context_size: bytes that the transport wants with each binding, zeroed; 0 for
 *	none.
 * @post_bind: methods work; before that of the protocol.
 * @pre_unbind: methods still work; after that of the protocol. The last that the
 *	transport hears of the binding, but for methods that are under way.
 *
 * As &struct dmf_interface_protocol.
 *
 * DMF: DMF_INTERFACE_TRANSPORT_DESCRIPTOR.
 */
struct dmf_interface_transport {
	size_t context_size;
	void (*post_bind)(struct dmf_interface *interface);
	void (*pre_unbind)(struct dmf_interface *interface);
};

/**
 * struct dmf_interface_desc - one interface that a kind of Module implements
 * @name: name of the interface.
 * @protocol: set if the Module is its protocol.
 * @transport: set if the Module is its transport.
 *
 * Made by DMF_INTERFACE_PROTOCOL() and DMF_INTERFACE_TRANSPORT().
 *
 * DMF: DMF_INTERFACE_DESCRIPTOR, DMF_ModuleInterfaceDescriptorAdd.
 */
struct dmf_interface_desc {
	const char *name;
	const struct dmf_interface_protocol *protocol;
	const struct dmf_interface_transport *transport;
};

/* The name of an interface, if @_given is the type that it wants, and has its head first. */
#define __DMF_INTERFACE_NAME(_name, _wanted, _head, _given)			\
	(&#_name[BUILD_BUG_ON_ZERO(!__same_type(_given, _wanted) ||		\
				   offsetof(_wanted, _head))])

/**
 * DMF_INTERFACE_PROTOCOL - a Module is the protocol of an interface
 * @_name: name of the interface
 * @_table: a &struct dmf_@_name_protocol; anything else does not compile
 *
 * An element of &struct dmf_module_desc.interfaces.
 *
 * DMF: DMF_INTERFACE_PROTOCOL_DESCRIPTOR_INIT.
 */
#define DMF_INTERFACE_PROTOCOL(_name, _table) {					\
	.name = __DMF_INTERFACE_NAME(_name, struct dmf_##_name##_protocol,	\
				     protocol, typeof(_table)),			\
	.protocol = &(_table).protocol,						\
}

/**
 * DMF_INTERFACE_TRANSPORT - a Module is a transport of an interface
 * @_name: name of the interface
 * @_table: a &struct dmf_@_name_transport; anything else does not compile
 *
 * An element of &struct dmf_module_desc.interfaces.
 *
 * DMF: DMF_INTERFACE_TRANSPORT_DESCRIPTOR_INIT.
 */
#define DMF_INTERFACE_TRANSPORT(_name, _table) {				\
	.name = __DMF_INTERFACE_NAME(_name, struct dmf_##_name##_transport,	\
				     transport, typeof(_table)),		\
	.transport = &(_table).transport,					\
}

/**
 * DMF_DECLARE_INTERFACE - declare an interface
 * @_name: its name, the same in all .ko files that use it
 *
 * Declares &struct dmf_@_name_interface, the handle of a binding. A handle of
 * another interface does not compile where this one is wanted; the functions that
 * serve all interfaces take &handle->interface. Further:
 *
 * dmf_@_name_interface(interface) is the handle of what a callback was given,
 * dmf_@_name_transport(handle) the transport's table of methods and
 * dmf_@_name_protocol(handle) that of the protocol. Structures &struct
 * dmf_@_name_transport and &struct dmf_@_name_protocol are the author's and begin
 * with a &struct dmf_interface_transport and a &struct dmf_interface_protocol.
 *
 * DMF: DECLARE_DMF_INTERFACE, DMF_InterfaceTransportDeclarationDataGet,
 * DMF_InterfaceProtocolDeclarationDataGet.
 */
#define DMF_DECLARE_INTERFACE(_name)						\
struct dmf_##_name##_transport;							\
struct dmf_##_name##_protocol;							\
struct dmf_##_name##_interface {						\
	struct dmf_interface interface;						\
};										\
static inline struct dmf_##_name##_interface *					\
dmf_##_name##_interface(struct dmf_interface *interface)			\
{										\
	return container_of(interface, struct dmf_##_name##_interface, interface); \
}										\
static inline const struct dmf_##_name##_transport *				\
dmf_##_name##_transport(const struct dmf_##_name##_interface *handle)		\
{										\
	return (const struct dmf_##_name##_transport *)handle->interface.transport; \
}										\
static inline const struct dmf_##_name##_protocol *				\
dmf_##_name##_protocol(const struct dmf_##_name##_interface *handle)		\
{										\
	return (const struct dmf_##_name##_protocol *)handle->interface.protocol; \
}										\
struct dmf_##_name##_interface

/* Binding */

int dmf_module_interface_bind(struct dmf_module *protocol, struct dmf_module *transport,
			      const char *name);
int dmf_module_interface_unbind(struct dmf_module *protocol, struct dmf_module *transport,
				const char *name);

/**
 * dmf_interface_bind - bind a protocol to a transport
 * @_protocol: the upper Module, &struct dmf_module
 * @_transport: the lower Module, &struct dmf_module
 * @_name: name of the interface, whose header must be included
 *
 * As dmf_module_interface_bind().
 *
 * DMF: DMF_INTERFACE_BIND.
 */
#define dmf_interface_bind(_protocol, _transport, _name)			\
	dmf_module_interface_bind(_protocol, _transport,			\
				  &#_name[0 * sizeof(struct dmf_##_name##_interface)])

/**
 * dmf_interface_unbind - undo dmf_interface_bind()
 * @_protocol: the upper Module, &struct dmf_module
 * @_transport: the lower Module, &struct dmf_module
 * @_name: name of the interface, whose header must be included
 *
 * As dmf_module_interface_unbind().
 *
 * DMF: DMF_INTERFACE_UNBIND.
 */
#define dmf_interface_unbind(_protocol, _transport, _name)			\
	dmf_module_interface_unbind(_protocol, _transport,			\
				    &#_name[0 * sizeof(struct dmf_##_name##_interface)])

/* The two sides of a binding */

/**
 * dmf_interface_protocol_module_get - the upper Module of a binding
 * @interface: the binding
 *
 * DMF: DMF_InterfaceProtocolModuleGet.
 *
 * Context: any.
 * Return: the Module; it lives longer than the binding.
 */
static inline struct dmf_module *
dmf_interface_protocol_module_get(const struct dmf_interface *interface)
{
	return interface->protocol_module;
}

/**
 * dmf_interface_transport_module_get - the lower Module of a binding
 * @interface: the binding
 *
 * DMF: DMF_InterfaceTransportModuleGet.
 *
 * Context: any.
 * Return: the Module; it lives longer than the binding.
 */
static inline struct dmf_module *
dmf_interface_transport_module_get(const struct dmf_interface *interface)
{
	return interface->transport_module;
}

/**
 * dmf_interface_protocol_context - what the protocol keeps with a binding
 * @interface: the binding
 *
 * Context: any.
 * Return: &struct dmf_interface_protocol.context_size bytes, zeroed before
 * bind(), freed after unbind(); NULL if that is 0.
 */
static inline void *dmf_interface_protocol_context(const struct dmf_interface *interface)
{
	return interface->protocol_context;
}

/**
 * dmf_interface_transport_context - what the transport keeps with a binding
 * @interface: the binding
 *
 * Context: any.
 * Return: &struct dmf_interface_transport.context_size bytes, zeroed before
 * bind() of the protocol, freed after its unbind(); NULL if that is 0.
 */
static inline void *dmf_interface_transport_context(const struct dmf_interface *interface)
{
	return interface->transport_context;
}

/* References */

/**
 * dmf_interface_reference - keep a binding until further notice
 * @interface: the binding, of which the caller knows that it still exists
 *
 * Unbinding waits for every reference. The Modules may close meanwhile.
 *
 * DMF: DMF_InterfaceReference.
 *
 * Context: any, hard interrupts of PREEMPT_RT included.
 * Return: 0, and somebody owes dmf_interface_dereference(), in whatever context;
 * -ENODEV before bind() has returned and after pre_unbind() has.
 */
static inline int dmf_interface_reference(struct dmf_interface *interface)
{
	return dmf_gate_enter_detached(&interface->gate) ? 0 : -ENODEV;
}

/**
 * dmf_interface_dereference - give back a reference
 * @interface: the binding; it may be gone when this returns
 *
 * DMF: DMF_InterfaceDereference.
 *
 * Context: any, hard interrupts of PREEMPT_RT included.
 */
static inline void dmf_interface_dereference(struct dmf_interface *interface)
{
	dmf_gate_leave_detached(&interface->gate);
}

/* Methods */

static inline int __dmf_interface_acquire(struct dmf_interface *interface,
					  struct dmf_module *module)
{
	int ret;

	if (!dmf_gate_enter(&interface->gate))
		return -ENODEV;

	ret = dmf_module_acquire(module);
	if (ret)
		dmf_gate_leave(&interface->gate);
	return ret;
}

static inline void __dmf_interface_release(struct dmf_interface *interface,
					   struct dmf_module *module)
{
	dmf_module_release(module);
	dmf_gate_leave(&interface->gate);
}

/**
 * dmf_interface_transport_acquire - begin a method that the transport implements
 * @interface: the binding, of which the caller knows that it still exists
 *
 * For the functions of an interface's header. Neither is the binding unbound nor
 * does the transport close before dmf_interface_transport_release().
 *
 * Context: any, hard interrupts of PREEMPT_RT included.
 * Return: 0, and the caller owes the release in the same context; -ENODEV if the
 * binding is not open, or the transport is not.
 */
static inline int dmf_interface_transport_acquire(struct dmf_interface *interface)
{
	return __dmf_interface_acquire(interface, interface->transport_module);
}

/**
 * dmf_interface_transport_release - end a method that the transport implements
 * @interface: the binding; it may be gone when this returns
 *
 * Context: the one of dmf_interface_transport_acquire().
 */
static inline void dmf_interface_transport_release(struct dmf_interface *interface)
{
	__dmf_interface_release(interface, interface->transport_module);
}

/**
 * dmf_interface_protocol_acquire - begin a method that the protocol implements
 * @interface: the binding, of which the caller knows that it still exists
 *
 * As dmf_interface_transport_acquire(), the other way round.
 *
 * Context: any, hard interrupts of PREEMPT_RT included.
 * Return: 0, and the caller owes the release in the same context; -ENODEV if the
 * binding is not open, or the protocol is not.
 */
static inline int dmf_interface_protocol_acquire(struct dmf_interface *interface)
{
	return __dmf_interface_acquire(interface, interface->protocol_module);
}

/**
 * dmf_interface_protocol_release - end a method that the protocol implements
 * @interface: the binding; it may be gone when this returns
 *
 * Context: the one of dmf_interface_protocol_acquire().
 */
static inline void dmf_interface_protocol_release(struct dmf_interface *interface)
{
	__dmf_interface_release(interface, interface->protocol_module);
}

#endif /* _LINUX_DMF_INTERFACE_H */
