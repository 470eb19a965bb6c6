// The fields of an agent's profile, and what they are called.

export const FIELDS = [
  { name: "name", label: "Name" },
  { name: "agencyName", label: "Agency" },
  { name: "bio", label: "About you", kind: "area", rows: 6 },
  { name: "phone", label: "Phone" },
  { name: "address", label: "Address" },
  { name: "website", label: "Website", kind: "url", hint: "Starts with https://" },
  { name: "licenseNumber", label: "Licence number" },
  { name: "yearsOfExperience", label: "Years of experience", kind: "number" },
  { name: "certifications", label: "Certifications", kind: "lines", hint: "One on each line." },
  { name: "zillowEmail", label: "Zillow e-mail", kind: "email" },
  { name: "linkedin", label: "LinkedIn", kind: "url" },
];

export const PHOTO = [{ name: "photoURL", label: "Address of a picture", kind: "url", hint: "Shown in your account and your profile." }];

const NAMES = new Map([...FIELDS.map(({ name, label }) => [name, label.toLowerCase()]), ["photoURL", "photo"]]);

export const fieldNames = (names) => names.map((name) => NAMES.get(name) ?? name).join(", ");
