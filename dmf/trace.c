// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one place where the core's tracepoints are defined, and what two of them share.
 *
 * How long a request takes is known to request_complete only if the submission was noted.
 * Both raise one static key, so whoever submits crosses one instruction, not two.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"

DEFINE_STATIC_KEY_FALSE(dmf_requests_watched);

/* Of the events that need to see a submission: when they are switched on and off. */
int dmf_requests_watch(void)
{
	static_branch_inc(&dmf_requests_watched);
	return 0;
}

void dmf_requests_unwatch(void)
{
	static_branch_dec(&dmf_requests_watched);
}

void __dmf_request_trace_submit(struct dmf_request *request)
{
	request->submitted_ns = ktime_get_ns();
	trace_request_submit(request);
}
