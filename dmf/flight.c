// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests in flight: those that were made in one place, an open file or, for
 * requests of other drivers, a device, and whose submitter has not returned.
 *
 * The list is how they are found from outside: to have their submitters look why
 * they wait, and to cancel them at unbind. A request stays in the list of the
 * place where it was made, however far down a stack it goes.
 *
 * Belongs to the file or to the device, and is freed with it.
 */
#include "internal.h"

void dmf_flight_init(struct dmf_flight *flight, struct dmf_device *ddev, struct dmf_file *file)
{
	flight->ddev = ddev;
	flight->file = file;
	spin_lock_init(&flight->lock);
	INIT_LIST_HEAD(&flight->requests);
}

void dmf_flight_add(struct dmf_request *request)
{
	struct dmf_flight *flight = request->flight;

	spin_lock_irq(&flight->lock);
	request->cancels = flight->cancels;
	list_add_tail(&request->in_flight, &flight->requests);
	spin_unlock_irq(&flight->lock);
}

void dmf_flight_remove(struct dmf_request *request)
{
	struct dmf_flight *flight = request->flight;

	spin_lock_irq(&flight->lock);
	list_del(&request->in_flight);
	spin_unlock_irq(&flight->lock);
}

/* The handler has returned: from now on unbind may cancel the request. */
void dmf_flight_set_returned(struct dmf_request *request)
{
	spin_lock_irq(&request->flight->lock);
	request->returned = true;
	spin_unlock_irq(&request->flight->lock);
}

static void flight_kick(struct dmf_flight *flight)
{
	struct dmf_request *request;

	lockdep_assert_held(&flight->lock);
	list_for_each_entry(request, &flight->requests, in_flight)
		dmf_request_wake(request);
}

/* Have the submitters look why they wait. */
void dmf_flight_kick(struct dmf_flight *flight)
{
	unsigned long flags;

	spin_lock_irqsave(&flight->lock, flags);
	flight_kick(flight);
	spin_unlock_irqrestore(&flight->lock, flags);
}

/* End the wait of those that are in flight now. */
void dmf_flight_cancel_all(struct dmf_flight *flight)
{
	unsigned long flags;

	spin_lock_irqsave(&flight->lock, flags);
	WRITE_ONCE(flight->cancels, flight->cancels + 1);
	flight_kick(flight);
	spin_unlock_irqrestore(&flight->lock, flags);
}

static struct dmf_request *flight_first_cancellable(struct dmf_flight *flight)
{
	struct dmf_request *request;

	lockdep_assert_held(&flight->lock);
	list_for_each_entry(request, &flight->requests, in_flight) {
		if (dmf_request_is_cancellable(request))
			return request;
	}
	return NULL;
}

bool dmf_flight_has_cancellable(struct dmf_flight *flight)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&flight->lock, flags);
	found = flight_first_cancellable(flight);
	spin_unlock_irqrestore(&flight->lock, flags);
	return found;
}

/* The first request that unbind has to cancel, referenced; NULL if there is none. */
struct dmf_request *dmf_flight_to_cancel(struct dmf_flight *flight)
{
	struct dmf_request *request;

	spin_lock_irq(&flight->lock);
	request = flight_first_cancellable(flight);
	if (request)
		kref_get(&request->ref);
	spin_unlock_irq(&flight->lock);
	return request;
}
