// SPDX-License-Identifier: GPL-2.0-only
/*
 * RingBuffer, as a panic finds it: whoever uses it is interrupted, with interrupts
 * off, by an NMI, which looks at the ring without the lock while he waits. For a
 * reorder that nobody goes on with, the NMI takes a copy of all of the ring's memory,
 * which is put back later. And each step of a reorder one by one.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/device.h>

#include "../modules/buffers/ring_buffer.h"
#include "dmf_kunit.h"

#define SIZE		512
#define COUNT		6
#define MEMORY		((COUNT + 2) * SIZE)	/* of the ring */
#define SHOTS		40
#define HITS		60		/* that are wanted, */
#define HITS_FLOOR	20		/* and that a slow machine must manage, too */
#define GARBAGE		0x5a

/* An item is a number and copies of it; 0 is none. */
struct panic_item {
	u32 words[SIZE / sizeof(u32)];
};

/* What somebody sees who looks. */
struct panic_view {
	u32 first;
	u32 count;
	u32 torn;			/* not all the same, or not the next number */
};

/* The ring at one moment. */
struct panic_shot {
	struct ring_buffer_state state;
	u32 written;			/* items whose write has ended */
	u32 read;			/* items whose read has ended */
	void *memory;			/* MEMORY bytes */
};

struct panic_test {
	struct dmf_ring_buffer_config config;
	struct dmf_device *ddev;
	struct dmf_ring_buffer *ring;

	/* Of the user of the ring, who is on @cpu. */
	bool reads;
	bool reorders;
	bool inside;			/* one of its Methods, or just before or after */
	u32 written;
	u32 read;
	int cpu;
	bool stop;
	struct completion started;
	struct completion stopped;

	/* Of the NMI. */
	bool takes_shots;
	struct panic_shot shots[SHOTS];
	unsigned int shot_count;
	unsigned int hits;		/* of a user who had the lock */
	unsigned int hits_reorder;	/* within the steps of a reorder */
	unsigned int misses;
	unsigned int faults;
	u32 fault[6];			/* of the first */
};

static int panic_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct panic_test *t = dmf_kunit_priv(ddev);

	return dmf_ring_buffer_add(init, &t->config, NULL, &t->ring);
}

static const struct dmf_client_ops panic_client_ops = {
	.modules_add = panic_modules_add,
};

static int panic_init(struct kunit *test)
{
	struct panic_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	int i;

	if (!t)
		return -ENOMEM;
	t->config.item_count = COUNT;
	t->config.item_size = SIZE;
	t->config.mode = DMF_RING_BUFFER_MODE_DELETE_OLDEST_IF_FULL_ON_WRITE;
	init_completion(&t->started);
	init_completion(&t->stopped);
	for (i = 0; i < SHOTS; i++) {
		t->shots[i].memory = kunit_kzalloc(test, MEMORY, GFP_KERNEL);
		if (!t->shots[i].memory)
			return -ENOMEM;
	}
	test->priv = t;
	return 0;
}

static struct panic_test *panic_up(struct kunit *test)
{
	struct panic_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &panic_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

/* -- Looking -- */

static bool panic_visit_locked(struct dmf_ring_buffer *ring, void *item, size_t item_size,
			       void *context)
{
	struct panic_view *view = context;
	const u32 *words = item;

	if (!view->count)
		view->first = words[0];
	if (words[0] != view->first + view->count ||
	    memcmp(words, words + 1, item_size - sizeof(u32)))
		view->torn++;
	view->count++;
	return view->count <= ring->slots;
}

static void panic_found_locked(struct dmf_ring_buffer *ring, void *item, size_t item_size,
			       void *context)
{
	unsigned int *found = context;

	++*found;
}

static struct panic_view panic_look(struct dmf_ring_buffer *ring)
{
	struct panic_view view = { };
	unsigned int found = 0;

	if (dmf_ring_buffer_enumerate(ring, false, panic_visit_locked, &view))
		view.torn++;
	if (view.count && (dmf_ring_buffer_enumerate_to_find_item(ring, false, panic_found_locked,
								  &found, &view.first,
								  sizeof(view.first)) ||
			   found != 1))
		view.torn++;
	return view;
}

/*
 * What may be seen when so many items have been written and read, and one more of
 * either may be under way: all that are left, with or without the oldest of them,
 * with or without the new one.
 */
static bool panic_view_is_right(const struct panic_view *view, u32 written, u32 read)
{
	u32 oldest = max_t(int, read, (int)written - COUNT) + 1, newest;

	if (view->torn || view->count > COUNT)
		return false;
	if (!view->count)
		return written <= oldest;

	newest = view->first + view->count - 1;
	return (view->first == oldest || view->first == oldest + 1) &&
	       (newest == written || newest == written + 1);
}

static void panic_write(struct dmf_ring_buffer *ring, u32 number)
{
	struct panic_item item;
	int i;

	for (i = 0; i < ARRAY_SIZE(item.words); i++)
		item.words[i] = number;
	dmf_ring_buffer_write(ring, &item, ring->item_size);
}

/* -- Step by step -- */

/* Whether the ring shows these items, and if they are where reorder must put them. */
static void expect_items(struct kunit *test, u32 first, u32 count)
{
	struct panic_test *t = test->priv;
	struct panic_view view = panic_look(t->ring);

	KUNIT_EXPECT_EQ(test, view.torn, 0);
	KUNIT_EXPECT_EQ(test, view.count, count);
	if (count)
		KUNIT_EXPECT_EQ(test, view.first, first);
}

static void expect_reordered(struct kunit *test, u32 first, u32 count)
{
	struct dmf_ring_buffer *ring = ((struct panic_test *)test->priv)->ring;
	const u32 *item = ring->items;
	u32 i;

	expect_items(test, first, count);
	for (i = 0; i < count; i++, item += ring->item_size / sizeof(u32))
		KUNIT_EXPECT_EQ(test, *item, first + i);
	KUNIT_EXPECT_NULL(test, memchr_inv(item, 0, (ring->slots + 1 - count) * ring->item_size));
}

struct panic_slots {
	unsigned long shown;
};

static bool panic_note_locked(struct dmf_ring_buffer *ring, void *item, size_t item_size,
			      void *context)
{
	struct panic_slots *slots = context;

	__set_bit((item - ring->items) / item_size, &slots->shown);
	return true;
}

/* What is not shown may be half written: it must not be missed. */
static void spoil_what_is_not_shown(struct dmf_ring_buffer *ring)
{
	struct panic_slots slots = { };
	u32 slot;

	dmf_ring_buffer_enumerate(ring, false, panic_note_locked, &slots);
	for (slot = 0; slot <= ring->slots; slot++)
		if (!test_bit(slot, &slots.shown))
			memset(ring->items + slot * ring->item_size, GARBAGE, ring->item_size);
}

/* Return: whether the reorder had so many steps. */
static bool interrupt_reorder(struct kunit *test, u32 position, u32 used, u32 steps)
{
	struct panic_test *t = test->priv;
	u32 i, done;

	t->ring->state = (struct ring_buffer_state) { .head = position, .tail = position };
	for (i = 1; i <= used; i++)
		panic_write(t->ring, i);
	done = __dmf_ring_buffer_reorder_begin(t->ring, steps).step;
	expect_items(test, 1, used);
	spoil_what_is_not_shown(t->ring);
	expect_items(test, 1, used);

	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_reorder(t->ring, false), 0);
	expect_reordered(test, 1, used);
	return done == steps;
}

/* After each of its steps, of rings of several sizes, at every rotation. */
static void reorder_interrupted_after_every_step(struct kunit *test)
{
	struct panic_test *t = test->priv;
	u32 position, used, steps;

	t->config.item_size = sizeof(u32);
	for (t->config.item_count = 1; t->config.item_count <= COUNT; t->config.item_count++) {
		panic_up(test);
		for (position = 0; position <= t->config.item_count; position++)
			for (used = 0; used <= t->config.item_count; used++)
				for (steps = 0; interrupt_reorder(test, position, used, steps);
				     steps++)
					;
		dmf_kunit_remove(test, t->ddev);
	}
}

/* Between the two stores of a write that makes room: neither the one nor the other. */
static void write_interrupted_between_its_stores(struct kunit *test)
{
	struct panic_test *t = panic_up(test);
	u32 i;

	for (i = 1; i <= COUNT + 3; i++)
		panic_write(t->ring, i);
	memset(t->ring->items + t->ring->state.tail * SIZE, GARBAGE, SIZE);
	expect_items(test, 4, COUNT);
	t->ring->state.head = (t->ring->state.head + 1) % t->ring->slots;
	expect_items(test, 5, COUNT - 1);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_reorder(t->ring, false), 0);
	expect_reordered(test, 5, COUNT - 1);
}

/* -- While the lock is held -- */

static void look_in_hardirq(void *data)
{
	struct panic_test *t = data;
	struct panic_view view = panic_look(t->ring);

	if (!panic_view_is_right(&view, t->written, 0) || dmf_ring_buffer_reorder(t->ring, false))
		t->faults++;
}

/* True hard interrupts of PREEMPT_RT, too: no lock is taken that could sleep. */
static void methods_without_lock_in_hardirq(struct kunit *test)
{
	struct panic_test *t = panic_up(test);

	for (t->written = 0; t->written < COUNT + 1; t->written++)
		panic_write(t->ring, t->written + 1);
	dmf_kunit_in_hardirq(look_in_hardirq, t);
	KUNIT_EXPECT_EQ(test, t->faults, 0);
	expect_reordered(test, 2, COUNT);
}

static bool look_locked(struct dmf_ring_buffer *ring, void *item, size_t item_size, void *context)
{
	look_in_hardirq(context);
	return false;
}

static void methods_without_lock_while_it_is_held(struct kunit *test)
{
	struct panic_test *t = panic_up(test);

	for (t->written = 0; t->written < COUNT + 1; t->written++)
		panic_write(t->ring, t->written + 1);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_enumerate(t->ring, true, look_locked, t), 0);
	KUNIT_EXPECT_EQ(test, t->faults, 0);
	expect_reordered(test, 2, COUNT);
}

/* -- At any instruction -- */

#if defined(CONFIG_X86_LOCAL_APIC) && defined(CONFIG_SMP)
#include <asm/apic.h>
#include <asm/nmi.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>

static struct panic_test *nmi_test;	/* NULL when none is awaited */

static void nmi_fault(struct panic_test *t, const struct panic_view *view)
{
	const u32 fault[] = { t->written, t->read, view->first, view->count, view->torn,
			      t->ring->state.reordering ? t->ring->state.order.step : -1 };

	if (!t->faults++)
		memcpy(t->fault, fault, sizeof(fault));
}

static void nmi_take_shot(struct panic_test *t)
{
	struct panic_shot *shot = &t->shots[t->shot_count++];

	shot->state = t->ring->state;
	shot->written = t->written;
	shot->read = t->read;
	memcpy(shot->memory, t->ring->items, MEMORY);
}

static void nmi_look(struct panic_test *t, const struct pt_regs *regs)
{
	const struct ring_buffer_state *state = &t->ring->state;
	bool in_reorder = state->reordering && state->order.step;
	struct panic_view view;

	/* He has the lock when he has interrupts off. */
	if (!t->inside || (regs->flags & X86_EFLAGS_IF)) {
		t->misses++;
		return;
	}
	t->hits++;
	t->hits_reorder += in_reorder;
	view = panic_look(t->ring);
	if (!panic_view_is_right(&view, t->written, t->read))
		nmi_fault(t, &view);
	/* At least half of them in a reorder. */
	if (t->takes_shots && t->shot_count < (in_reorder ? SHOTS : SHOTS / 2))
		nmi_take_shot(t);
}

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	struct panic_test *t = READ_ONCE(nmi_test);

	if (!t || smp_processor_id() != t->cpu)
		return NMI_DONE;
	nmi_look(t, regs);
	/* After all that has been recorded. */
	smp_store_release(&nmi_test, NULL);
	return NMI_HANDLED;
}

static int panic_user(void *data)
{
	struct panic_test *t = data;
	struct panic_item item;
	u32 round;

	complete(&t->started);
	for (round = 1; !READ_ONCE(t->stop) && !kthread_should_stop(); round++) {
		WRITE_ONCE(t->inside, true);
		panic_write(t->ring, t->written + 1);
		WRITE_ONCE(t->written, t->written + 1);
		/* Reads keep the ring between empty and half full. */
		while (t->reads && t->written - t->read > round % (COUNT / 2)) {
			if (dmf_ring_buffer_read(t->ring, &item, sizeof(item)))
				break;
			WRITE_ONCE(t->read, t->read + 1);
		}
		if (t->reorders)
			dmf_ring_buffer_reorder(t->ring, true);
		WRITE_ONCE(t->inside, false);
		cond_resched();
	}
	complete(&t->stopped);
	return 0;
}

static void nmi_unregister(void *data)
{
	unregister_nmi_handler(NMI_LOCAL, "dmf-kunit");
}

/* On another CPU than ours; both stay where they are. */
static void panic_start_user(struct kunit *test, struct panic_test *t)
{
	int cpu = raw_smp_processor_id();
	struct task_struct *user;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");

	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
	t->cpu = cpumask_any_but(cpu_online_mask, cpu);
	KUNIT_ASSERT_EQ(test, register_nmi_handler(NMI_LOCAL, nmi_handler, 0, "dmf-kunit"), 0);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, nmi_unregister, NULL), 0);
	user = dmf_kunit_run(test, panic_user, t);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&t->started, DMF_KUNIT_TIMEOUT), 0);
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(user, cpumask_of(t->cpu)), 0);
}

/* Interrupt the user again and again. */
static void panic_interrupt_user(struct kunit *test, const unsigned int *hits, unsigned int wanted)
{
	struct panic_test *t = test->priv;
	unsigned long enough, end;

	panic_start_user(test, t);
	enough = jiffies + DMF_KUNIT_TIMEOUT / 2;
	end = jiffies + 4 * DMF_KUNIT_TIMEOUT;
	while (READ_ONCE(*hits) < wanted &&
	       time_before(jiffies, READ_ONCE(*hits) < HITS_FLOOR ? end : enough)) {
		WRITE_ONCE(nmi_test, t);
		apic->send_IPI(t->cpu, NMI_VECTOR);
		/* Before what has been recorded. */
		while (smp_load_acquire(&nmi_test) && time_before(jiffies, end))
			cpu_relax();
		cond_resched();
	}
	WRITE_ONCE(nmi_test, NULL);
	WRITE_ONCE(t->stop, true);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&t->stopped, DMF_KUNIT_TIMEOUT), 0);
	KUNIT_EXPECT_GE(test, *hits, HITS_FLOOR);
	kunit_info(test, "%u hits, %u in a reorder, %u misses", t->hits, t->hits_reorder,
		   t->misses);
	KUNIT_EXPECT_EQ_MSG(test, t->faults, 0,
			    "written %u, read %u: saw %u, %u of them, %u torn; step %d",
			    t->fault[0], t->fault[1], t->fault[2], t->fault[3], t->fault[4],
			    (int)t->fault[5]);
}
#else
static void panic_interrupt_user(struct kunit *test, const unsigned int *hits, unsigned int wanted)
{
	kunit_skip(test, "knows how to send an NMI on x86 only");
}
#endif

static void race_nmi_against_write(struct kunit *test)
{
	struct panic_test *t = panic_up(test);

	panic_interrupt_user(test, &t->hits, HITS);
}

static void race_nmi_against_read(struct kunit *test)
{
	struct panic_test *t = panic_up(test);

	t->reads = true;
	panic_interrupt_user(test, &t->hits, HITS);
}

static void race_nmi_against_reorder(struct kunit *test)
{
	struct panic_test *t = panic_up(test);

	t->reorders = true;
	panic_interrupt_user(test, &t->hits_reorder, HITS);
}

/* Put the ring back to where it was, and let the panic reorder it. */
static void finish_shot(struct kunit *test, const struct panic_shot *shot)
{
	struct panic_test *t = test->priv;
	struct panic_view view;

	t->ring->state = shot->state;
	memcpy(t->ring->items, shot->memory, MEMORY);
	view = panic_look(t->ring);
	KUNIT_EXPECT_TRUE(test, panic_view_is_right(&view, shot->written, shot->read));
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_reorder(t->ring, false), 0);
	expect_reordered(test, view.first, view.count);
}

static void race_nmi_for_good_against_all(struct kunit *test)
{
	struct panic_test *t = panic_up(test);
	unsigned int i;

	t->reads = true;
	t->reorders = true;
	t->takes_shots = true;
	panic_interrupt_user(test, &t->shot_count, SHOTS);
	for (i = 0; i < t->shot_count; i++)
		finish_shot(test, &t->shots[i]);
}

static struct kunit_case ring_buffer_panic_cases[] = {
	KUNIT_CASE(reorder_interrupted_after_every_step),
	KUNIT_CASE(write_interrupted_between_its_stores),
	KUNIT_CASE(methods_without_lock_in_hardirq),
	KUNIT_CASE(methods_without_lock_while_it_is_held),
	KUNIT_CASE(race_nmi_against_write),
	KUNIT_CASE(race_nmi_against_read),
	KUNIT_CASE(race_nmi_against_reorder),
	KUNIT_CASE(race_nmi_for_good_against_all),
	{ }
};

static struct kunit_suite ring_buffer_panic_suite = {
	.name = "dmf_ring_buffer_panic",
	.init = panic_init,
	.test_cases = ring_buffer_panic_cases,
};

kunit_test_suite(ring_buffer_panic_suite);
