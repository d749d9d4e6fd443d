package scriptedslack

import (
	"slices"
	"strconv"
)

func (w *Workspace) authTest(a args) (reply, error) {
	return reply{"url": "http://" + a.host + "/", "team": "Riverton", "user": "townclerk", "team_id": Team, "user_id": BotUser, "bot_id": BotID, "is_enterprise_install": false}, nil
}

func (w *Workspace) botInfo(args) (reply, error) {
	return reply{"bot": reply{"id": BotID, "app_id": App, "user_id": BotUser, "name": "townclerk", "deleted": false}}, nil
}

func (c *channel) described() reply {
	return reply{"id": c.ID, "name": c.Name, "name_normalized": c.Name, "is_channel": true, "is_member": true,
		"is_private": false, "is_archived": false, "is_general": false, "created": 1, "creator": BotUser}
}

func (w *Workspace) info(a args) (reply, error) {
	c := w.known(a.Get("channel"))
	if c == nil {
		return nil, failure("channel_not_found")
	}
	return reply{"channel": c.described()}, nil
}

func (w *Workspace) list(a args) (reply, error) {
	part, next, err := page(a, w.channels)
	if err != nil {
		return nil, err
	}
	out := []reply{}
	for _, c := range part {
		out = append(out, c.described())
	}
	return reply{"channels": out, "response_metadata": reply{"next_cursor": next}}, nil
}

func (w *Workspace) members(a args) (reply, error) {
	if w.known(a.Get("channel")) == nil {
		return nil, failure("channel_not_found")
	}
	out := []string{BotUser}
	for _, u := range w.opt.Users {
		out = append(out, u.ID)
	}
	return reply{"members": out, "response_metadata": reply{"next_cursor": ""}}, nil
}

// history returns a channel's messages outside threads, newest first.
func (w *Workspace) history(a args) (reply, error) {
	c := w.known(a.Get("channel"))
	if c == nil {
		return nil, failure("channel_not_found")
	}
	var found []*Message
	for _, m := range slices.Backward(c.messages) {
		if m.For == "" && (m.ThreadTS == "" || m.ThreadTS == m.TS) && within(a, m.TS) {
			found = append(found, m)
		}
	}
	return messages(a, found)
}

// replies returns a message and the replies to it, oldest first.
func (w *Workspace) replies(a args) (reply, error) {
	c := w.known(a.Get("channel"))
	if c == nil {
		return nil, failure("channel_not_found")
	}
	if c.find(a.Get("ts")) == nil {
		return nil, failure("thread_not_found")
	}
	var found []*Message
	for _, m := range c.thread(a.Get("ts")) {
		if m.TS == a.Get("ts") || within(a, m.TS) {
			found = append(found, m)
		}
	}
	return messages(a, found)
}

// within reports whether a timestamp is between oldest and latest.
func within(a args, ts string) bool {
	oldest, latest := a.Get("oldest"), a.Get("latest")
	if a.bool("inclusive") && (ts == oldest || ts == latest) {
		return true
	}
	t := seconds(ts)
	return (oldest == "" || t > seconds(oldest)) && (latest == "" || t < seconds(latest))
}

func seconds(ts string) float64 {
	f, err := strconv.ParseFloat(ts, 64)
	if err != nil {
		return 0
	}
	return f
}

func messages(a args, found []*Message) (reply, error) {
	part, next, err := page(a, found)
	if err != nil {
		return nil, err
	}
	out := []Message{}
	for _, m := range part {
		out = append(out, *m)
		if !a.bool("include_all_metadata") {
			out[len(out)-1].Metadata = nil
		}
	}
	return reply{"messages": out, "has_more": next != "", "response_metadata": reply{"next_cursor": next}}, nil
}

// page returns the part of a list that limit and cursor ask for, and the next cursor.
func page[T any](a args, all []T) ([]T, string, error) {
	from, limit := 0, 100
	if c := a.Get("cursor"); c != "" {
		n, err := strconv.Atoi(c)
		if err != nil || n < 0 || n > len(all) {
			return nil, "", failure("invalid_cursor")
		}
		from = n
	}
	if n, err := strconv.Atoi(a.Get("limit")); err == nil && n > 0 {
		limit = min(n, 999)
	}
	to := min(from+limit, len(all))
	if to == len(all) {
		return all[from:to], "", nil
	}
	return all[from:to], strconv.Itoa(to), nil
}

func (w *Workspace) userInfo(a args) (reply, error) {
	u, ok := w.user(a.Get("user"))
	if !ok {
		return nil, failure("user_not_found")
	}
	return reply{"user": reply{"id": u.ID, "team_id": Team, "name": u.Name, "real_name": u.RealName, "deleted": false,
		"is_bot": u.ID == BotUser, "tz": "America/New_York", "profile": reply{"real_name": u.RealName, "display_name": u.Name}}}, nil
}

func (w *Workspace) groups(a args) (reply, error) {
	out := []reply{}
	for _, g := range w.opt.Group {
		r := reply{"id": g.ID, "team_id": Team, "is_usergroup": true, "handle": g.Handle, "name": g.Handle, "user_count": len(g.Users)}
		if a.bool("include_users") {
			r["users"] = g.Users
		}
		out = append(out, r)
	}
	return reply{"usergroups": out}, nil
}

func (w *Workspace) groupUsers(a args) (reply, error) {
	for _, g := range w.opt.Group {
		if g.ID == a.Get("usergroup") {
			return reply{"users": g.Users}, nil
		}
	}
	return nil, failure("no_such_subteam")
}
