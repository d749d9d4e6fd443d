package cite

// Version counts the changes of the gate's rules. What an earlier version passed is
// not shown again without being checked anew.
const Version = "2"
