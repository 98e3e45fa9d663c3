"""What people are told of by mail: a function for each mail, called in the transaction of the deed."""
