package remote

import "townclerk/internal/modelhttp"

// Error is a call that failed, Kind what went wrong, Usage what was sent. They
// are the same for every client of a model server.
type (
	Error = modelhttp.Error
	Kind  = modelhttp.Kind
	Usage = modelhttp.Usage
)

// The kinds, as in modelhttp.
const (
	Connection     = modelhttp.Connection
	CutOff         = modelhttp.CutOff
	Timeout        = modelhttp.Timeout
	RateLimited    = modelhttp.RateLimited
	ServerFault    = modelhttp.ServerFault
	Untrusted      = modelhttp.Untrusted
	Cancelled      = modelhttp.Cancelled
	BadKey         = modelhttp.BadKey
	OutOfQuota     = modelhttp.OutOfQuota
	ModelMissing   = modelhttp.ModelMissing
	WrongAddress   = modelhttp.WrongAddress
	TooLong        = modelhttp.TooLong
	Refused        = modelhttp.Refused
	BadInput       = modelhttp.BadInput
	TooLarge       = modelhttp.TooLarge
	NotJSON        = modelhttp.NotJSON
	Malformed      = modelhttp.Malformed
	NoData         = modelhttp.NoData
	WrongCount     = modelhttp.WrongCount
	WrongIndex     = modelhttp.WrongIndex
	WrongDimension = modelhttp.WrongDimension
	NotFinite      = modelhttp.NotFinite
	ZeroVector     = modelhttp.ZeroVector
	Resting        = modelhttp.Resting
)
