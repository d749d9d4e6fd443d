package account

import (
	"slices"

	"townclerk/bot"
)

// Action is something that not everybody may do.
type Action string

// The actions.
const (
	SeeOwn      Action = "see the inquiries of one's departments"
	SeeAll      Action = "see all inquiries"
	ActOn       Action = "act on an inquiry that one sees"
	SeeAddress  Action = "see the address that a citizen left"
	Manage      Action = "manage accounts"
	Approve     Action = "approve knowledge"
	ReadRecord  Action = "read the record"
	OpenText    Action = "open clear text in the record"
	ReadFigures Action = "read statistics"
)

// permissions is who may do what.
var permissions = map[Action][]Role{
	SeeOwn:      {Staff, Manager},
	SeeAll:      {Manager},
	ActOn:       {Staff, Manager},
	SeeAddress:  {Staff, Manager},
	Manage:      {Administrator},
	Approve:     {Manager},
	ReadRecord:  {Auditor},
	OpenText:    {Auditor},
	ReadFigures: {Staff, Manager, Auditor, Administrator},
}

// Actions returns all actions.
func Actions() []Action {
	return []Action{SeeOwn, SeeAll, ActOn, SeeAddress, Manage, Approve, ReadRecord, OpenText, ReadFigures}
}

// May reports whether an account may do something.
func May(a Account, act Action) bool {
	return !a.Disabled && slices.ContainsFunc(a.Roles, func(r Role) bool { return slices.Contains(permissions[act], r) })
}

// Sees reports whether an account may see the inquiries of a department.
func Sees(a Account, d bot.DepartmentID) bool {
	return May(a, SeeAll) || May(a, SeeOwn) && a.In(d)
}
