"""Documents out of exports, dumps and Firestore itself."""
