"""What the API answers, asked over async httpx: models, errors and one client."""
